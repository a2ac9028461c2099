import { uuidV7 } from '../foundation/index.ts';
import type { SessionSpec } from '../session/index.ts';

/** A background session of the administrator, as a test wants it. */
export function testSessionSpec(now: Date, more: Partial<SessionSpec> = {}): SessionSpec {
  const id = uuidV7(now);
  return {
    user: { no: 1, name: 'ADMIN', language: 'en-US', timeZone: 'UTC' },
    company: { no: 1, name: 'CRONUS' },
    clientType: 'background',
    origin: 'task',
    isolation: 'main',
    readOnly: false,
    lineage: [],
    correlationId: id,
    uniqueId: id,
    idempotencyKey: id,
    attempt: 0,
    timeoutMs: 60_000,
    fence: null,
    claim: null,
    lastError: null,
    userInterface: null,
    ...more,
  };
}
