import type { NightshiftError } from '../foundation/index.ts';
import { type IsolatedSession, runIsolated } from './isolation/isolated-run.ts';
import type { RunReports } from './progress.ts';
import type { AnyCodeunit, PrivilegedSession, TaskClaim } from './session.ts';
import { unawaited } from './session-errors.ts';
import type { RunNotes } from './session-outcome.ts';

/** The session that the platform's own codeunits are handed more of. */
export interface PrivilegedBody extends IsolatedSession {
  readonly spec: { readonly claim: TaskClaim | null };
  readonly stopped: NightshiftError | null;
  /** Queries and verbs that are under way. */
  readonly underWay: number;
  rolledBack(): void;
  readonly reports: RunReports;
  notes(): RunNotes;
}

/**
 * What the platform's own codeunits are handed beside the session.
 * @param descend runs a codeunit in it
 */
export function privilegedSession(
  session: PrivilegedBody,
  descend: (target: AnyCodeunit, record: unknown, enter: (value: unknown) => unknown) => Promise<void>,
): PrivilegedSession {
  const { transaction } = session;
  return {
    caller: session,
    claim: session.spec.claim,
    run: (target, values) => transaction.run(target, values),
    start: async (target, record) => {
      await descend(target, record, (value) => {
        session.reports.reached = 'running';
        return target.isolation === 'main' || session.guiAllowed
          ? target.onRun(session, value)
          : runIsolated(session, target.isolation, target.name, record);
      });
      if (session.underWay > 0) throw unawaited(session.underWay);
      session.reports.reached = 'ended';
    },
    call: async (work) => {
      const { reached } = session.reports;
      // What follows upon the codeunit fails as it would.
      if (reached === 'ended') session.reports.reached = 'running';
      const value = await work(session);
      if (session.underWay > 0) throw unawaited(session.underWay);
      session.reports.reached = reached;
      return value;
    },
    rollback: async () => {
      await transaction.rollback();
      session.rolledBack();
      session.reports.reached = 'ended';
    },
    notes: () => session.notes(),
  };
}
