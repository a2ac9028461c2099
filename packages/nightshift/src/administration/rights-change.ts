import type { Verb } from '../contract/permissions.ts';
import { isNightshiftError } from '../foundation/index.ts';
import { alignRoles, type RoleScope, readDirectory, type Wish } from '../permissions/index.ts';
import { type Administrator, type ChangeContext, type Changed, changeAs } from './administrate.ts';
import { guardRights } from './rights-guards.ts';

/** What is to become different of who may do what. */
export interface RightsWish extends Wish {
  readonly verb: Verb;
}

/** What a change of rights did. */
export interface RightsChanged<T> extends Changed<T> {
  /** Which roles follow from it; null: none. */
  readonly roles: RoleScope | null;
}

/**
 * The way of every verb that changes who may do what, of somebody who was let through: as `administrate`; the change is held
 * against what must be true of everybody's rights, and the roles follow it, before it is committed.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, OWN_RIGHTS, CONFLICT; what `change` threw
 */
export async function changeRightsAs<T>(
  administrator: Administrator,
  wish: RightsWish,
  change: (context: ChangeContext) => Promise<RightsChanged<T>>,
): Promise<T> {
  const { service, actor } = administrator;
  const { verb, isOwn: _, ...object } = wish;
  try {
    const value = await changeAs(administrator, verb, object, async (context) => {
      const { tx, directory: before } = context;
      // What he may do counts as it is in this transaction, not as it was when he was let through.
      const refusal = service.authority.refusal(before, actor, verb, wish);
      if (refusal !== null) throw refusal;
      const { roles, ...changed } = await change(context);
      if (changed.isChange === false) return changed;
      guardRights({ before, after: await readDirectory(tx), actor, now: service.clock.now() });
      if (roles !== null) await alignRoles(tx, service.names, roles);
      return changed;
    });
    await service.directory.refresh();
    return value;
  } catch (error) {
    if (isNightshiftError(error, 'PERMISSION_DENIED', 'OWN_RIGHTS', 'USER_DISABLED')) {
      await service.authority.denied({ actor, verb, object }, error);
    }
    throw error;
  }
}
