import type { z } from 'zod';
import type { bulkOperation } from '../../contract/bulk-operation.ts';
import { PAGE_SIZE_DEFAULT } from '../../contract/wire.ts';
import { HOUR_MS, NightshiftError, uuidV7 } from '../../foundation/index.ts';
import { AUTHORITY, actorOf, doorOf } from '../../session/index.ts';
import type { Call, HandlersOf } from '../handler.ts';
import { cursorOf, placeOf } from '../paging.ts';
import { instantOf } from '../wire-parts.ts';
import { abortOperation, addOperation, listOperations, listRows } from './bulk.sql.ts';
import { frozenRows } from './bulk-freeze.ts';

type Wire = z.input<typeof bulkOperation>;

const KEPT_MS = 30 * 24 * HOUR_MS;
const PREVIEWED_MAX = 500;
const REASONS_MAX = 20;

interface OperationRow {
  readonly id: string;
  readonly user_name: string;
  readonly target: Wire['target'];
  readonly items: string | null;
  readonly action: string;
  readonly arguments: Record<string, unknown>;
  readonly status: Wire['status'];
  readonly total: number;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly correlation_id: string | null;
  readonly done: number;
  readonly refused: number;
  readonly unknown: number;
}

function operationWire(row: OperationRow): Wire {
  const { id, target, items, action, arguments: given, status, total, done, refused, unknown } = row;
  return {
    ...{ id, target, items, action, arguments: given, status, total, done, refused, unknown },
    user: row.user_name,
    createdAt: instantOf(row.created_at),
    endedAt: instantOf(row.ended_at),
    correlationId: row.correlation_id,
  };
}

/** Lets whoever asks work in the company; he sees what is his, and all when he reads the audit log, where it stands anyway. */
async function whoseOf({ caller }: Call): Promise<number | null> {
  const door = doorOf(caller);
  const authority = door.service(AUTHORITY);
  const wish = { kind: 'company', id: String(door.company.no), name: caller.company };
  await authority.demand(actorOf(door), 'company.open', wish);
  const seesAll = await authority.may(actorOf(door), 'audit.read', { kind: 'audit log', id: null });
  return seesAll ? null : door.user.no;
}

/** @throws NightshiftError BULK_OPERATION_UNKNOWN */
async function operationOf(call: Call, id: string): Promise<Wire> {
  const values = [doorOf(call.caller).company.no, await whoseOf(call), id, null, 1];
  const [row] = await call.platform.database.run<OperationRow>(listOperations, values);
  if (row !== undefined) return operationWire(row);
  throw new NightshiftError(
    'BULK_OPERATION_UNKNOWN',
    `There is no bulk operation ${id} of yours in this company.`,
  );
}

function reasonsOf(rows: readonly { readonly reason: string | null }[]) {
  const refused = rows.flatMap(({ reason }) => (reason === null ? [] : [reason]));
  // Sentences name the entry; what they have in common is told once.
  const groups = Map.groupBy(refused, (reason) => reason.replace(/[0-9a-f-]{36}|\d+/g, '…'));
  return [...groups.values()]
    .map((some) => ({ reason: String(some[0]), rows: some.length }))
    .sort((one, other) => other.rows - one.rows)
    .slice(0, REASONS_MAX);
}

/** What the addresses about what is done to many do. */
export const BULK_HANDLERS: HandlersOf<
  | 'bulkOperations.preview'
  | 'bulkOperations.create'
  | 'bulkOperations.list'
  | 'bulkOperations.get'
  | 'bulkOperations.rows'
  | 'bulkOperations.abort'
> = {
  async 'bulkOperations.preview'(call, { body }) {
    await whoseOf(call);
    const rows = await frozenRows(call, body);
    return {
      total: rows.length,
      allowed: rows.filter(({ reason }) => reason === null).length,
      reasons: reasonsOf(rows),
      rows: rows
        .slice(0, PREVIEWED_MAX)
        .map(({ id, name, reason }) => ({ id, name, allowed: reason === null, reason })),
    };
  },
  async 'bulkOperations.create'(call, { body }) {
    const { platform, caller, now, correlationId, bulk } = call;
    await whoseOf(call);
    const rows = await frozenRows(call, body);
    if (body.expected !== undefined && body.expected !== rows.length) {
      const text = `${rows.length} rows fit by now, not ${body.expected}: look at them again.`;
      throw new NightshiftError('CONFLICT', text, { details: { known: rows.length } });
    }
    const door = doorOf(caller);
    const id = uuidV7(now);
    const frozen = rows.map(({ id: row, name, code, reason }) => ({
      id: row,
      name,
      ...(code === null ? {} : { code, reason }),
    }));
    const what = [body.target, body.items ?? null, body.action, JSON.stringify(body.arguments ?? {})];
    const values = [id, door.company.no, door.user.no, ...what, now, correlationId, JSON.stringify(frozen)];
    await platform.database.run(addOperation, [...values, new Date(now.getTime() - KEPT_MS)]);
    await bulk.look(id);
    return operationOf(call, id);
  },
  async 'bulkOperations.list'(call, { query }) {
    const { after, limit = PAGE_SIZE_DEFAULT } = query;
    const last = after === undefined ? null : String(placeOf(after, ['string'])[0]);
    const values = [doorOf(call.caller).company.no, await whoseOf(call), null, last, limit + 1];
    const rows = await call.platform.database.run<OperationRow>(listOperations, values);
    const end = rows[limit - 1];
    return {
      items: rows.slice(0, limit).map(operationWire),
      page: { next: rows.length <= limit || end === undefined ? null : cursorOf([end.id]) },
      total: null,
    };
  },
  async 'bulkOperations.get'(call, { params }) {
    // Whoever watches it come on also has it taken up again when nobody works on it.
    await call.bulk.look(params.operationId);
    return operationOf(call, params.operationId);
  },
  async 'bulkOperations.rows'(call, { params, query }) {
    const { total } = await operationOf(call, params.operationId);
    const { after, limit = PAGE_SIZE_DEFAULT, outcome } = query;
    const last = after === undefined ? 0 : Number(placeOf(after, ['number'])[0]);
    const values = [params.operationId, last, outcome ?? null, limit + 1];
    const rows = await call.platform.database.run<BulkRowRow>(listRows, values);
    const end = rows[limit - 1];
    return {
      items: rows.slice(0, limit),
      page: { next: rows.length <= limit || end === undefined ? null : cursorOf([end.no]) },
      total: outcome === undefined ? { value: total, relation: 'eq' } : null,
    };
  },
  async 'bulkOperations.abort'(call, { params }) {
    await operationOf(call, params.operationId);
    const door = doorOf(call.caller);
    const found = await call.platform.database.run(abortOperation, [params.operationId, door.user.no]);
    const operation = await operationOf(call, params.operationId);
    if (found.length === 0 && operation.user !== door.user.name)
      throw new NightshiftError('PERMISSION_DENIED', `Only ${operation.user} aborts it.`);
    await call.bulk.look(params.operationId);
    return operationOf(call, params.operationId);
  },
};

interface BulkRowRow {
  readonly no: number;
  readonly id: string;
  readonly name: string;
  readonly outcome: 'Open' | 'Begun' | 'Done' | 'Refused' | 'Unknown';
  readonly code: string | null;
  readonly reason: string | null;
}
