import { doorOf } from '../caller.ts';
import type { RunReports } from '../progress.ts';
import type { Session } from '../session.ts';
import type { SessionFacts } from './messages.ts';

/** What a session in an isolate is to know of itself. @param pinned the instant that a test has set, else null */
export function factsOf(
  session: Session & { readonly chain: readonly string[]; readonly reports: RunReports },
  pinned: Date | null,
): SessionFacts {
  const { user, company, lineage } = doorOf(session);
  return {
    user,
    company,
    lineage,
    pinned,
    id: session.id,
    uniqueId: session.uniqueId,
    clientType: session.clientType,
    language: session.language,
    timeZone: session.timeZone,
    attempt: session.attempt,
    idempotencyKey: session.idempotencyKey,
    correlationId: session.correlationId,
    lastError: session.lastError,
    reported: session.reports.errors.tally,
    chain: [...session.chain],
  };
}
