import { VERBS } from '../contract/permissions.ts';
import { isUuid } from '../foundation/index.ts';
import { reachOfRights } from '../permissions/index.ts';
import { actorOf, type Caller, doorOf } from '../session/index.ts';
import { administrationOf } from './administration-service.ts';
import { auditNewestFirst } from './audit-list.sql.ts';
import { objectOf, refused } from './user-input.ts';

/** Most rows of one answer. */
export const AUDIT_LIMIT_MAX = 500;
const AUDIT_LIMIT_DEFAULT = 100;

/** What somebody did, or was refused. */
export interface AuditLogEntry {
  readonly id: string;
  readonly at: Date;
  /** As he was called then. */
  readonly user: string;
  /** Null: the code of an application. */
  readonly userNo: number | null;
  readonly company: string | null;
  /** A verb such as `user.modify`, or what happens without one, such as `session.statement`. */
  readonly verb: string;
  readonly object: { readonly kind: string; readonly id: string | null; readonly name: string | null };
  /** What differed, as it was; null: there was nothing. */
  readonly before: unknown;
  /** What differed, as it became; null: there is nothing any more. */
  readonly after: unknown;
  readonly result: 'allowed' | 'denied';
  /** Of a denial. */
  readonly errorCode: string | null;
  /** Of a denial, as a sentence. */
  readonly reason: string | null;
  readonly sessionUniqueId: string | null;
  readonly correlationId: string | null;
}

/** Which rows are meant. Default: the newest 100 that the caller may see. */
export interface AuditFilter {
  /** As he was called then, or is called now. */
  readonly user?: string;
  /** Default: all for whoever may read the log of all companies; else the caller's. */
  readonly company?: string;
  /** Verbs, such as `user.modify`. */
  readonly verbs?: readonly string[];
  /** One word: `user`, `entry`, `permissionSet` … */
  readonly objectKind?: string;
  /** The id or the name of the object. */
  readonly object?: string;
  readonly result?: 'allowed' | 'denied';
  readonly correlationId?: string;
  /** Not older than this. */
  readonly from?: Date;
  /** Older than this. */
  readonly to?: Date;
  /** Older than the row with this id: the last one of the answer before. */
  readonly before?: string;
  /** 1 to 500. Default: 100. */
  readonly limit?: number;
}

/**
 * The audit log, newest first. Whoever may read it for all companies sees everything, whoever may in one sees what was done there.
 * @throws NightshiftError VALIDATION with the field; COMPANY_UNKNOWN; PERMISSION_DENIED, USER_DISABLED
 */
export async function listAuditLog(
  caller: Caller,
  filter: AuditFilter = {},
): Promise<readonly AuditLogEntry[]> {
  const door = doorOf(caller);
  door.refuseIfOver();
  const service = administrationOf(door);
  const checked = checkFilter(filter);
  const { user, company, verbs, objectKind, object, result, correlationId, from, to, before } = checked;
  const directory = await service.authority.directory();
  const wanted = company === undefined ? door.company : directory.company(company);
  const everywhere = reachOfRights(directory.rightsEverywhere(door.user.no), 'audit.read') === 'any';
  const wish = { kind: 'auditLog', id: null };
  await service.authority.demand({ ...actorOf(door), company: wanted }, 'audit.read', wish);
  const isAll = everywhere && company === undefined;
  const known = directory.users.find(({ name }) => name === user);
  const rows = await service.database.apart.run<AuditRow>(auditNewestFirst, [
    isAll ? null : [wanted.no],
    user,
    known?.no,
    verbs,
    objectKind,
    object,
    result,
    from,
    to,
    correlationId,
    before,
    checked.limit ?? AUDIT_LIMIT_DEFAULT,
  ]);
  return rows.map(entryOf);
}

interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly user_no: number | null;
  readonly user_name: string;
  readonly company_name: string | null;
  readonly verb: string;
  readonly object_kind: string;
  readonly object_id: string | null;
  readonly object_name: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly result: 'allowed' | 'denied';
  readonly error_code: string | null;
  readonly reason: string | null;
  readonly session_unique_id: string | null;
  readonly correlation_id: string | null;
}

function entryOf(row: AuditRow): AuditLogEntry {
  return {
    id: row.id,
    at: row.at,
    user: row.user_name,
    userNo: row.user_no,
    company: row.company_name,
    verb: row.verb,
    object: { kind: row.object_kind, id: row.object_id, name: row.object_name },
    before: row.before,
    after: row.after,
    result: row.result,
    errorCode: row.error_code,
    reason: row.reason,
    sessionUniqueId: row.session_unique_id,
    correlationId: row.correlation_id,
  };
}

const isText = (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
const isTime = (value: unknown) => value instanceof Date && !Number.isNaN(value.getTime());
const isId = (value: unknown) => typeof value === 'string' && isUuid(value);
const isWord = (value: unknown) => isText(value) && String(value) !== '';

const CHECKS: Readonly<Record<keyof AuditFilter, readonly [(value: unknown) => boolean, string]>> = {
  user: [isText, 'is the name of a user'],
  company: [isText, 'is the name of a company'],
  verbs: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isWord),
    `are names such as ${Object.keys(VERBS).slice(0, 2).join(' and ')}`,
  ],
  objectKind: [isWord, 'is one word, such as user'],
  object: [isText, 'is the id or the name of an object'],
  result: [(value) => value === 'allowed' || value === 'denied', 'is "allowed" or "denied"'],
  correlationId: [isId, 'is a UUID'],
  from: [isTime, 'is a date and time'],
  to: [isTime, 'is a date and time'],
  before: [isId, 'is the id of the last row of the answer before'],
  limit: [
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= AUDIT_LIMIT_MAX,
    `is a whole number from 1 to ${AUDIT_LIMIT_MAX}`,
  ],
};

function checkFilter(filter: AuditFilter): AuditFilter {
  for (const [field, value] of Object.entries(objectOf(filter, 'filter'))) {
    if (!Object.hasOwn(CHECKS, field))
      throw refused(field, `There is no filter "${field}" of the audit log.`);
    const [holds, rule] = CHECKS[field as keyof AuditFilter];
    if (value !== undefined && !holds(value)) throw refused(field, `${field} ${rule}.`);
  }
  return filter;
}
