import type { Executor } from '../database/index.ts';
import { type Actor, type AuditEntry, type Authority, auditRow, type Company } from '../permissions/index.ts';
import { addAuditRow } from './authority.sql.ts';
import type { CallerDoor, ServiceKey } from './caller.ts';
import type { AnyCodeunit } from './session.ts';

/** What verbs ask of the authority; inside an isolate it is asked for outside. */
export type VerbAuthority = Pick<
  Authority,
  | 'now'
  | 'demand'
  | 'demandNow'
  | 'may'
  | 'reaches'
  | 'refuseOrHide'
  | 'demandRunAs'
  | 'demandRun'
  | 'rehearse'
  | 'rehearsedNow'
>;

/** Who decides what callers may do. */
export const AUTHORITY: ServiceKey<VerbAuthority> = Object.freeze({ name: 'authority' });

/** The caller, as the authority and the audit log know him. */
export function actorOf(door: CallerDoor): Actor {
  return {
    user: door.user,
    company: door.company,
    sessionUniqueId: door.lineage.at(-1)?.uniqueId ?? null,
    correlationId: door.correlationId,
  };
}

/**
 * Lets the caller run a codeunit now, or refuses it. Those of the platform may be run by everybody.
 * @param company where. Default: the caller's
 * @returns null: at once
 * @throws NightshiftError PERMISSION_DENIED with the permission sets that would give it; the refusal is in the audit log
 */
export function demandRun(
  door: CallerDoor,
  target: Pick<AnyCodeunit, 'name' | 'objectType' | 'onRunPrivileged'>,
  company: Company = door.company,
): Promise<void> | null {
  if (target.onRunPrivileged !== null) return null;
  const who = { user: door.user, company };
  return door.service(AUTHORITY).demandRun(target, who, () => ({ ...actorOf(door), company }));
}

/** What was done: which verb, to what, and how that was before and after. */
type AuditedChange = Pick<AuditEntry, 'verb' | 'object' | 'before' | 'after'>;

/**
 * Writes down what a caller does, in the transaction that does it: there is neither without the other. `tx` is what
 * `door.transaction` gives, whether the caller is a session or has none.
 */
export async function audited(tx: Executor, door: CallerDoor, change: AuditedChange): Promise<void> {
  const row = auditRow({ ...change, actor: actorOf(door) }, door.service(AUTHORITY).now());
  await tx.run(addAuditRow, [door.user.no, door.company.no, JSON.stringify(row)]);
}
