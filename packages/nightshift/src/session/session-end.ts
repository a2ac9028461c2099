import { classifyFailure } from '../database/index.ts';
import { isNightshiftError, storedErrorOf } from '../foundation/index.ts';
import type { ActiveSession } from './active-sessions.ts';
import { withErrorLines } from './error-register.ts';
import { endingOf, type SessionEnd, type SessionEventType } from './session-event.ts';
import { wholeMessage } from './session-events.ts';
import type { SessionOutcome } from './session-outcome.ts';

/** What the tables say of a session's end. */
export function endOf(active: ActiveSession, outcome: SessionOutcome<unknown>): SessionEnd {
  // The job queue keeps the lines and the errors of its runs with its log entries.
  const { progress, errors } = outcome.notes;
  const lines = active.spec.origin === 'job-queue' ? [] : withErrorLines(outcome.notes.lines, errors);
  const notes = { lines, progress };
  const { clientType } = active.spec;
  switch (outcome.kind) {
    case 'completed':
      return { type: endingOf(clientType), comment: null, error: null, ...notes };
    case 'quiet':
      return { type: endingOf(clientType), comment: 'ended quietly', error: null, ...notes };
    case 'failed':
    case 'unknown': {
      const type = failureType(active, outcome.error);
      const error = storedErrorOf(outcome.error);
      const comment = commentOf(active, outcome, wholeMessage(outcome.error, error));
      return { type, comment, error: type === 'Error' ? error : null, ...notes };
    }
  }
}

function commentOf(active: ActiveSession, { kind }: SessionOutcome<unknown>, message: string): string | null {
  if (active.stopKind === null) return message;
  // Killed while it committed: nobody may read from the event that nothing was done.
  return kind === 'unknown' ? [active.comment, message].filter(Boolean).join('; ') : active.comment;
}

/** The second event of a session that was killed and whose code has ended at last. */
export const CLOSE_OF_LINGERING: SessionEnd = Object.freeze({
  type: 'Close',
  comment: 'the code of the killed session has ended',
  error: null,
  lines: [],
  progress: null,
});

function failureType(active: ActiveSession, error: unknown): SessionEventType {
  switch (active.stopKind) {
    case 'timeout':
    case 'no-place':
      return 'Timeout';
    case 'stopped':
      return active.killedAt === null ? 'Stopped' : 'Killed';
    case 'closing':
      return 'Close';
    case 'instance-lost':
      return 'Lost';
    case null:
      return isClaimLost(error) ? 'Lost' : 'Error';
  }
}

/** Whether a session failed because another server instance owns its work now. */
export function isClaimLost(error: unknown): boolean {
  return isNightshiftError(error, 'CLAIM_LOST') || classifyFailure(error).kind === 'fence';
}
