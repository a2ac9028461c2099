import { NightshiftError } from '../foundation/index.ts';
import { doorOf, type IsolateService, type Outside, type ServiceRegistry } from '../session/index.ts';
import { CALL_STATEMENTS, type ItemsApart, WORK_ITEMS } from '../work-items/index.ts';

/** Under which name isolates find it. */
export const WORK_ITEM_SERVICE = 'work items';

/** What verbs about work items need besides their session's transaction: the half inside an isolate. */
export function workItemsInside(outside: Outside): ItemsApart {
  const ask = async <T>(method: string, ...args: readonly unknown[]) =>
    (await outside.call(WORK_ITEM_SERVICE, method, args)) as T;
  const executor: ItemsApart['executor'] = { run: ({ name }, values) => ask('run', name, values) };
  return {
    executor,
    patient: executor,
    session: null,
    prepare: (_door, items) => ask('prepare', items),
    tableRights: (_door, table) => ask('tableRights', table),
    userNo: (name) => ask('userNo', name),
  };
}

/** The half outside. Whoever calls is known here, whatever is said inside; calls are for those who may process the table. */
export function workItemsOutside(services: ServiceRegistry): IsolateService {
  return async (caller, method, [first, second]) => {
    const door = doorOf(caller);
    const { apart } = services.get(WORK_ITEMS);
    const name = String(first);
    if (method === 'prepare') return apart.prepare(door, name);
    if (method === 'tableRights') return apart.tableRights(door, name);
    if (method === 'userNo') return apart.userNo(name);
    const wanted = CALL_STATEMENTS.find((statement) => statement.name === name);
    if (method !== 'run' || wanted === undefined || !Array.isArray(second)) throw refused(method);
    const [, , table, ...values] = second;
    const rights = await apart.tableRights(door, String(table));
    if (!rights.includes('M')) throw refused(method);
    return apart.executor.run(wanted, [door.user.no, door.company.no, String(table), ...values]);
  };
}

function refused(method: string): NightshiftError {
  return new NightshiftError('PERMISSION_DENIED', `Isolates may not call ${WORK_ITEM_SERVICE}.${method}.`);
}
