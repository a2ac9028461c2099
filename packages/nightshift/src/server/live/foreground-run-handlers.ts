import type { ForegroundRunRouteName } from '../../contract/foreground-run-routes.ts';
import { AUTHORITY, actorOf, doorOf } from '../../session/index.ts';
import type { HandlersOf } from '../handler.ts';

/** What the addresses about runs do that somebody watches. */
export const FOREGROUND_RUN_HANDLERS: HandlersOf<ForegroundRunRouteName> = {
  async 'jobQueueEntries.runOnce'({ platform, caller, who, runs }, { params, body }) {
    const connection = body.connection === undefined ? null : runs.connectionOf(who, body.connection);
    const runId = runs.newId();
    const { user, company } = caller;
    const runner = platform.as({ user, company, correlationId: runId });
    await runs.start({
      caller: runner,
      runId,
      entryId: params.entryId,
      connection,
      answers: body.answers ?? true,
    });
    return { runId };
  },
  async 'foregroundRuns.get'({ caller, runs }, { params }) {
    const door = doorOf(caller);
    const wish = { kind: 'run', id: params.runId };
    await door.service(AUTHORITY).demand(actorOf(door), 'entry.runOnce', wish);
    const { id, outcome } = runs.get(caller, params.runId);
    return { runId: id, outcome };
  },
};
