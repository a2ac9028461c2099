import { NightshiftError } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { ALERTS_COUNTED_MAX, countAlerts, markAlertsSeen, pageOfAlerts } from './alert.sql.ts';
import { ALERT_KINDS, type Alert, type AlertKind, type AlertRow, alertOf } from './alert.ts';
import { readingCaller } from './at-once.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

const PAGE_SIZE_MAX = 500;
const PAGE_SIZE_DEFAULT = 50;
const MARKED_MAX = 1_000;

/** Which alerts are wanted, and from where on. Default: the newest 50 of all. */
export interface AlertQuery {
  readonly kinds?: readonly AlertKind[];
  /** Only those that the caller has not marked as seen. Default: false. */
  readonly unseen?: boolean;
  /** Only what is so still. Default: false. */
  readonly present?: boolean;
  /** Older than the alert with this number: `next` of the page before. */
  readonly before?: number;
  /** 1 to 500. Default: 50. */
  readonly limit?: number;
}

/** One page of alerts. */
export interface AlertPage {
  readonly alerts: readonly Alert[];
  /** Null: there are no more. */
  readonly next: number | null;
  /** How many there are; counted up to 1,000. */
  readonly total: { readonly value: number; readonly isExact: boolean };
}

/**
 * One page of the alerts that concern the caller, newest first: about his own, and, where he may see everybody's, about all of
 * the company. Not for sessions in a thread or process of their own.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function listAlerts(caller: Caller, query: AlertQuery = {}): Promise<AlertPage> {
  const { kinds = null, unseen = false, present = false, before = null, limit = PAGE_SIZE_DEFAULT } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_SIZE_MAX)
    throw refused('limit', `is a whole number from 1 to ${PAGE_SIZE_MAX}`);
  if (before !== null && !Number.isSafeInteger(before))
    throw refused('before', 'is `next` of the page before');
  if (kinds?.every((kind) => ALERT_KINDS.includes(kind)) === false)
    throw refused('kinds', `are of ${ALERT_KINDS.join(', ')}`);
  const filters = [...(await whose(caller, 'alerts.list')), kinds, unseen, present];
  const { reader } = doorOf(caller).service(JOB_QUEUE);
  const [rows, [counted]] = await Promise.all([
    reader.run<AlertRow>(pageOfAlerts, [...filters, before, null, limit + 1]),
    reader.run<{ count: number }>(countAlerts, filters),
  ]);
  const found = counted?.count ?? 0;
  const alerts = rows.slice(0, limit).map(alertOf);
  return {
    alerts,
    next: rows.length <= limit ? null : (alerts.at(-1)?.no ?? null),
    total: { value: Math.min(found, ALERTS_COUNTED_MAX), isExact: found <= ALERTS_COUNTED_MAX },
  };
}

/**
 * One alert by its number; null when there is none that concerns the caller.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function getAlert(caller: Caller, no: number): Promise<Alert | null> {
  if (!Number.isSafeInteger(no)) throw refused('no', 'is the number of an alert');
  const values = [...(await whose(caller, 'alerts.get')), null, false, false, null, no, 1];
  const [row] = await doorOf(caller).service(JOB_QUEUE).reader.run<AlertRow>(pageOfAlerts, values);
  return row === undefined ? null : alertOf(row);
}

/** Which alerts somebody has seen. Default: none. */
export interface SeenAlerts {
  /** All up to this number. */
  readonly upTo?: number;
  /** These, at most 1,000. */
  readonly numbers?: readonly number[];
}

/**
 * Notes that the caller has seen alerts, for himself alone and whichever browser he uses; those that do not concern him are
 * passed over. Commits at once.
 * @returns how many of them he had not seen
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function markAlerts(caller: Caller, seen: SeenAlerts): Promise<number> {
  const { upTo = null, numbers = [] } = seen;
  if (upTo !== null && !Number.isSafeInteger(upTo)) throw refused('upTo', 'is the number of an alert');
  if (numbers.length > MARKED_MAX || !numbers.every(Number.isSafeInteger))
    throw refused('numbers', `are at most ${MARKED_MAX} numbers of alerts`);
  const values = [...(await whose(caller, 'alerts.markSeen')), upTo, numbers];
  return (await doorOf(caller).service(JOB_QUEUE).reader.run(markAlertsSeen, values)).length;
}

/** Where he looks, who he is, whether he sees everybody's, and whether he answers for applications. */
async function whose(caller: Caller, what: string): Promise<readonly [number, number, boolean, boolean]> {
  const { door, actor, authority } = readingCaller(caller, what);
  const reach = await authority.demand(actor, 'alert.read', { kind: 'alert', id: null });
  const answers = await authority.may(actor, 'user.runAsApplication', { kind: 'alert', id: null });
  return [door.company.no, door.user.no, reach === 'any', answers];
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
