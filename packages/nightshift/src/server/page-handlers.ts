import type { PageRouteName } from '../contract/page-routes.ts';
import { runTaskByName } from '../page-background-task/index.ts';
import type { HandlersOf } from './handler.ts';

/** Serves the addresses about pages. */
export const PAGE_HANDLERS: HandlersOf<PageRouteName> = {
  async 'backgroundTasks.run'({ caller, signal }, { params, body }) {
    const { parameters = {}, timeoutMs } = body;
    const options = { signal, ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) };
    const { results, waitedMs, ranMs } = await runTaskByName(caller, params.codeunit, parameters, options);
    return { results, waitedMs, ranMs };
  },
};
