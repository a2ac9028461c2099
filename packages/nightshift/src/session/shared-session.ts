import type { StopKind } from './active-sessions.ts';
import { RunningSession } from './running-session.ts';
import { endOf } from './session-end.ts';
import type { SessionEnd } from './session-event.ts';
import type { SessionHost } from './session-host.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { activeSession, type Code, leave, runIn, type SessionWork } from './session-runner.ts';
import type { SessionSpec } from './session-spec.ts';
import type { SharedTransaction } from './shared-transaction.ts';

/**
 * A session whose transaction is a part of a shared one, and whose code has ended. It is active until it is told what
 * became of that.
 */
export interface SharedSession<T> {
  /** How it has ended, if the shared transaction commits. `committed`: it has a part in that. */
  readonly outcome: SessionOutcome<T>;
  /** How it was ended from outside, also since its code has ended; null when nobody did. */
  readonly stopKind: StopKind | null;
  /** Whether its code still runs although it was killed. */
  readonly isLingering: boolean;
  /** It has ended like this: its event is written, and what waited for the commit runs or never will. */
  end(outcome: SessionOutcome<T>): SessionOutcome<T>;
  /** The outcome of one that somebody has stopped. */
  stopped(): SessionOutcome<T>;
  /** It was undone together with the others, as if it had never been. */
  annul(): void;
}

/** Why a session that people have seen has ended without having been. */
const ANNULLED: SessionEnd = Object.freeze({
  type: 'Close',
  comment: 'the transaction that it shared was rolled back; its task runs again by itself',
  error: null,
  lines: [],
  progress: null,
});

/** Opens a session, runs `work` in it, and leaves what it did to the shared transaction. Never rejects. */
export async function runSharedSession<T>(
  host: SessionHost,
  spec: SessionSpec,
  shared: SharedTransaction,
  part: { readonly codeunit: string; readonly work: SessionWork<T> },
): Promise<SharedSession<T>> {
  const session = new RunningSession(host, spec, part.codeunit, shared);
  const code: Code = { settled: true, onSettled: null, abandon: () => undefined };
  const active = activeSession(host, session, code);
  const outcome = await runIn(host, active, session, { code, work: part.work });
  // The others' time is not its own.
  active.deadline = Number.POSITIVE_INFINITY;
  return {
    outcome,
    get stopKind() {
      return active.stopKind;
    },
    isLingering: !code.settled,
    end(final) {
      if (final.kind === 'completed') session.committed();
      else session.rolledBack();
      return leave(host, active, code, final);
    },
    stopped: () => ({ kind: 'failed', error: session.endedBy, notes: session.notes() }),
    annul() {
      session.rolledBack();
      host.active.remove(active);
      if (!active.announced) return;
      host.events.ended(active, active.stopKind === null ? ANNULLED : endOf(active, outcome));
    },
  };
}
