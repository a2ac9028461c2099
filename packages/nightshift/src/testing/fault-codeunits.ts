import { z } from 'zod';
import { codeunit, type Session } from '../session/index.ts';
import { INSERT_EFFECT_OF_ATTEMPT } from './effects.sql.ts';

/** Where a process may be killed; `retry`: while the task waits for its retry. */
export type KillPoint = 'claimed' | 'effect' | 'retry' | 'failure';

/**
 * What the main codeunit does, always after its effect: ends well, fails once with an error that is retried, or fails for
 * good. `kill`: where a mortal instance dies of it.
 */
const planned = z.object({
  outcome: z.enum(['end', 'retry', 'fail']),
  kill: z.enum(['claimed', 'effect', 'retry', 'failure']).nullable(),
});

/** What is planned for a task. */
export type FaultPlan = z.output<typeof planned>;

/** The two codeunits of the fault tests. They are the same everywhere but for what an instance does at a kill point. */
export function faultCodeunits(instance: string, onKillPoint: (point: KillPoint) => void = () => undefined) {
  const pass = (point: KillPoint, { kill }: FaultPlan) => {
    if (kill === point) onKillPoint(point);
  };
  const leave = (session: Session, kind: 'main' | 'failure') =>
    session.db.query(INSERT_EFFECT_OF_ATTEMPT, [session.idempotencyKey, kind, session.attempt, instance]);
  const main = codeunit({
    name: 'Main',
    record: planned,
    async onRun(session, plan) {
      pass('claimed', plan);
      await leave(session, 'main');
      pass('effect', plan);
      pass('retry', plan);
      if (plan.outcome === 'fail') session.error('as planned');
      if (plan.outcome === 'end' || session.attempt > 0) return;
      throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    },
  });
  const failure = codeunit({
    name: 'Failure',
    record: planned,
    async onRun(session, plan) {
      await leave(session, 'failure');
      pass('failure', plan);
    },
  });
  return { main, failure };
}
