import { NightshiftError, uuidV7 } from '../foundation/index.ts';
import { AUTHORITY, actorOf, doorOf } from '../session/index.ts';
import type { Call, HandlersOf } from './handler.ts';
import { pageOfAll } from './paging.ts';
import { addView, changeView, deleteView, listViews, VIEWS_MAX } from './view.sql.ts';
import { instantOf } from './wire-parts.ts';

interface ViewRow {
  readonly id: string;
  readonly list: string;
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
  readonly user_no: number;
  readonly user_name: string;
  readonly changed_at: Date;
  readonly version: number;
}

/** Lets whoever asks work in the company. @returns the numbers of the company and of him */
async function admitted({ caller }: Call): Promise<readonly [companyNo: number, userNo: number]> {
  const door = doorOf(caller);
  const wish = { kind: 'company', id: String(door.company.no), name: caller.company };
  await door.service(AUTHORITY).demand(actorOf(door), 'company.open', wish);
  return [door.company.no, door.user.no];
}

async function viewsOf(call: Call, list: string | null = null, id: string | null = null) {
  const [companyNo, userNo] = await admitted(call);
  const rows = await call.platform.database.run<ViewRow>(listViews, [companyNo, userNo, list, id]);
  return rows.map(({ user_no, user_name, changed_at, ...view }) => ({
    ...view,
    user: user_name,
    isOwn: user_no === userNo,
    changedAt: instantOf(changed_at),
  }));
}

async function viewOf(call: Call, id: string) {
  const [found] = await viewsOf(call, null, id);
  if (found !== undefined) return found;
  throw new NightshiftError('VIEW_UNKNOWN', `There is no view ${id} that you may see.`);
}

async function ownViewOf(call: Call, id: string) {
  const view = await viewOf(call, id);
  if (!view.isOwn) throw new NightshiftError('PERMISSION_DENIED', `Only ${view.user} changes this view.`);
  return view;
}

function nameTaken(name: string): NightshiftError {
  return new NightshiftError('CONFLICT', `You have a view ${JSON.stringify(name)} of this list.`);
}

/** What the addresses about views of lists do. */
export const VIEW_HANDLERS: HandlersOf<
  'views.list' | 'views.get' | 'views.create' | 'views.modify' | 'views.delete'
> = {
  async 'views.list'(call, { query }) {
    const { list, ...paging } = query;
    return pageOfAll(await viewsOf(call, list ?? null), paging, { key: ({ id }) => id, row: (view) => view });
  },
  'views.get': (call, { params }) => viewOf(call, params.viewId),
  async 'views.create'(call, { body }) {
    const [companyNo, userNo] = await admitted(call);
    const { list, name, query = '', shared = false } = body;
    const id = uuidV7(call.now);
    const values = [id, companyNo, userNo, list, name, query, shared, call.now];
    const [made] = await call.platform.database.run<{ made: boolean; kept: number }>(addView, values);
    if ((made?.kept ?? 0) >= VIEWS_MAX)
      throw new NightshiftError('CONFLICT', `You have ${VIEWS_MAX} views: delete one first.`);
    if (made?.made !== true) throw nameTaken(name);
    return viewOf(call, id);
  },
  async 'views.modify'(call, { params, body }) {
    const before = await ownViewOf(call, params.viewId);
    const { name = null, query = null, shared = null } = body;
    const values = [before.id, call.version ?? before.version, name, query, shared, call.now];
    const [row] = await call.platform.database.run<{ changed: boolean; taken: boolean }>(changeView, values);
    if (row?.taken === true) throw nameTaken(name ?? before.name);
    if (row?.changed !== true) throw new NightshiftError('CONFLICT', 'Somebody else changed the view.');
    return viewOf(call, before.id);
  },
  async 'views.delete'(call, { params }) {
    const { id } = await ownViewOf(call, params.viewId);
    await call.platform.database.run(deleteView, [id]);
    return undefined;
  },
};
