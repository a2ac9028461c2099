import type { Alert as WireAlert } from '@nightshift/client/api';
import { given } from '../../foundation/index.ts';
import type { Alert } from '../../job-queue/index.ts';
import type { alerts } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf } from './wire.ts';

function alertOf(wire: WireAlert): Alert {
  return { ...wire, since: dateOf(wire.since), lastAt: dateOf(wire.lastAt), overAt: dateOf(wire.overAt) };
}

/** The verbs about alerts that commands need, carried out by a server. */
export const alertsByServer: Pick<typeof alerts, 'list' | 'markSeen'> = {
  async list(caller, { kinds, unseen, present, limit } = {}) {
    const { server, params } = at(caller);
    const query = given({ kind: kinds?.join(','), unseen, present, limit });
    const { items, total } = await server.call('alerts.list', { params, query });
    return {
      alerts: items.map(alertOf),
      // Commands show one page; where the next one begins only the server can read.
      next: null,
      total: { value: total?.value ?? items.length, isExact: total?.relation !== 'gte' },
    };
  },
  async markSeen(caller, seen) {
    const { server, params } = at(caller);
    const { upTo, numbers } = seen;
    const body = given({ upTo, numbers: numbers === undefined ? undefined : [...numbers] });
    return (await server.call('alerts.markSeen', { params, body })).marked;
  },
};
