import { NightshiftError } from '../foundation/index.ts';
import { SESSION_DEPTH_MAX } from './running-session.ts';
import type { SessionLink } from './session-link.ts';

/** Refuses a chain of sessions that started each other, when it has become too long. @throws SESSION_DEPTH_EXCEEDED */
export function refuseTooDeep(lineage: readonly SessionLink[], codeunit: string): void {
  if (lineage.length < SESSION_DEPTH_MAX) return;
  const chain = lineage.map((link) => `${link.codeunit} (session ${link.id})`);
  throw new NightshiftError(
    'SESSION_DEPTH_EXCEEDED',
    `Sessions start each other too deep: ${[...chain, codeunit].join(' → ')}.`,
  );
}
