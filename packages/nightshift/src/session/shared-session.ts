import { streamOf } from '../database/index.ts';
import type { NightshiftError } from '../foundation/index.ts';
import type { ActiveSession, SessionEnds, StopKind } from './active-sessions.ts';
import type { AfterCommit } from './after-commit.ts';
import { RunningSession } from './running-session.ts';
import { endOf } from './session-end.ts';
import { annulled, killedInstead } from './session-errors.ts';
import type { SessionEnd } from './session-event.ts';
import type { SessionHost } from './session-host.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { activeSession, Code, leave, runIn, type SessionWork, terminate } from './session-runner.ts';
import type { SessionSpec } from './session-spec.ts';
import type { MemberLine, SharedMember } from './shared-member.ts';
import type { ToldSoFar } from './told-lines.ts';

/** Of code that has ended. */
const SETTLED = new Code();

/** Why a session that people have seen has ended without having been. */
const ANNULLED: SessionEnd = Object.freeze({
  type: 'Close',
  comment: 'nothing of it was kept in the transaction that it shared; its task runs again',
  error: null,
  lines: [],
  progress: null,
});

/**
 * A session whose transaction is a part of a shared one, and whose code has ended. It is active until it is told what
 * became of that. Of all that its code has used it keeps what is needed for that only: there are many of these at a time.
 */
export class SharedSession<T> implements SessionEnds {
  /** How it has ended, if the shared transaction commits. `committed`: it has a part in that. */
  readonly outcome: SessionOutcome<T>;
  /** For how long it waited for its turn, in milliseconds. */
  readonly waitedMs: number;
  readonly #host: SessionHost;
  readonly #active: ActiveSession;
  readonly #line: MemberLine;
  readonly #waiting: AfterCommit | null;
  readonly #code: Code;

  constructor(
    host: SessionHost,
    active: ActiveSession,
    session: RunningSession,
    more: {
      readonly code: Code;
      readonly line: MemberLine;
      readonly outcome: SessionOutcome<T>;
      readonly waitedMs: number;
    },
  ) {
    const { code, line, outcome, waitedMs } = more;
    this.#host = host;
    this.#active = active;
    this.#line = line;
    this.#waiting = session.surroundings.waiting;
    this.#code = code.settled ? SETTLED : code;
    this.outcome = outcome;
    this.waitedMs = waitedMs;
    if (code.settled) active.endVia(this);
  }

  /** How it was ended from outside, also since its code has ended; null when nobody did. */
  get stopKind(): StopKind | null {
    return this.#active.stopKind;
  }

  /** Whether its code still runs although it was killed. */
  get isLingering(): boolean {
    return !this.#code.settled;
  }

  stop(reason: NightshiftError): void {
    this.#line.refuse(reason);
  }

  kill(): void {
    this.#line.spoil();
    const { slot } = this.#line.lease;
    if (slot === null) return;
    streamOf(slot.client).destroy();
    terminate(this.#host, slot.backend);
  }

  whatRuns(): null {
    return null;
  }

  told(): ToldSoFar {
    const { lines, progress } = this.outcome.notes;
    return { lines, progress };
  }

  /** It has ended like this: its event is written, and what waited for the commit runs or never will. */
  end(outcome: SessionOutcome<T>): SessionOutcome<T> {
    if (outcome.kind === 'completed') this.#waiting?.committed();
    else this.#waiting?.rewind(0);
    return leave(this.#host, this.#active, this.#code, outcome);
  }

  /** The outcome of one that somebody has stopped. */
  stopped(): SessionOutcome<T> {
    const { stopReason, killedAt } = this.#active;
    const error = killedAt === null ? stopReason : killedInstead(stopReason);
    return { kind: 'failed', error, notes: this.outcome.notes };
  }

  /** It was undone together with the others, as if it had never been. */
  annul(): void {
    this.#waiting?.rewind(0);
    this.#host.active.remove(this.#active);
    if (!this.#active.announced) return;
    const end = this.#active.stopKind === null ? ANNULLED : endOf(this.#active, this.outcome);
    this.#host.events.ended(this.#active, end);
  }
}

/** Opens a session, runs `work` in it, and leaves what it did to the shared transaction. Never rejects. */
export async function runSharedSession<T>(
  host: SessionHost,
  spec: SessionSpec,
  member: SharedMember,
  part: { readonly codeunit: string; readonly work: SessionWork<T> },
): Promise<SharedSession<T>> {
  const session = new RunningSession(host, spec, part.codeunit, member);
  const code = new Code();
  const active = activeSession(host, session, code);
  let waitedMs = 0;
  let waitsSince: number | null = null;
  const goOn = () => {
    if (waitsSince === null) return;
    waitedMs += host.clock.monotonic() - waitsSince;
    waitsSince = null;
    active.deadline = active.begun + waitedMs + spec.timeoutMs;
  };
  // The others' time is not its own.
  member.onWaits = () => {
    waitsSince ??= host.clock.monotonic();
    active.deadline = Number.POSITIVE_INFINITY;
  };
  member.onTurn = goOn;
  member.onLost = () => {
    goOn();
    // Nothing of it runs in the database that would have to be cancelled.
    session.stop(annulled(), false);
  };
  const outcome = await runIn(host, active, session, { code, work: part.work });
  active.deadline = Number.POSITIVE_INFINITY;
  return new SharedSession(host, active, session, { code, line: member.line, outcome, waitedMs });
}
