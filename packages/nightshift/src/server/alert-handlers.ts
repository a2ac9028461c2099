import type { AlertRouteName } from '../contract/alert-routes.ts';
import { given, NightshiftError } from '../foundation/index.ts';
import type { Alert, AlertQuery } from '../job-queue/index.ts';
import { alerts } from '../platform/index.ts';
import type { HandlersOf } from './handler.ts';
import { cursorOf, placeOf } from './paging.ts';
import { instantOf } from './wire-parts.ts';

function alertWire({ since, lastAt, overAt, ...alert }: Alert) {
  return { ...alert, since: instantOf(since), lastAt: instantOf(lastAt), overAt: instantOf(overAt) };
}

/** What the addresses about alerts do. */
export const ALERT_HANDLERS: HandlersOf<AlertRouteName> = {
  async 'alerts.list'({ caller }, { query }) {
    const { after, kind, ...filters } = query;
    const before = after === undefined ? undefined : Number(placeOf(after, ['number'])[0]);
    const found = await alerts.list(caller, given({ ...filters, kinds: kind, before }) as AlertQuery);
    const { value, isExact } = found.total;
    return {
      items: found.alerts.map(alertWire),
      page: { next: found.next === null ? null : cursorOf([found.next]) },
      total: { value, relation: isExact ? 'eq' : 'gte' },
    };
  },
  async 'alerts.get'({ caller }, { params }) {
    const found = await alerts.get(caller, params.no);
    if (found !== null) return alertWire(found);
    throw new NightshiftError('NOT_FOUND', `There is no alert ${params.no} that concerns you.`);
  },
  async 'alerts.markSeen'({ caller }, { body }) {
    return { marked: await alerts.markSeen(caller, given(body)) };
  },
};
