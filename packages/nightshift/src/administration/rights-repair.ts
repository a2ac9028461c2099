import {
  DIFFERENCES_NAMED_MAX,
  describeDifference,
  everyIdentity,
  prepareRoles,
  type RoleDifference,
  readDirectory,
  repairRoles,
  roleDrift,
  type UnknownTable,
  unknownTables,
} from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { administrate, admit } from './administrate.ts';

const ROLES = Object.freeze({ kind: 'roles', id: null });

/** Something about roles or grants that is not as the rights say. */
export type DriftedRight = RoleDifference & {
  /** The same in one sentence. */
  readonly text: string;
};

/** How roles and grants in PostgreSQL compare with the rights that administrators have given. */
export interface RightsCheck {
  readonly differences: readonly DriftedRight[];
  /** Tables that permission sets name and that are nowhere. No difference: they may be made later. */
  readonly unknownTables: readonly UnknownTable[];
}

/**
 * Compares roles and grants with the rights. Changes nothing.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function checkRights(caller: Caller): Promise<RightsCheck> {
  const { service } = await admit(caller, 'rights.explain', { ...ROLES, isOwn: false });
  const { database, names } = service;
  return {
    differences: (await roleDrift(database, names)).map(told),
    unknownTables: await unknownTables(database),
  };
}

/** What a repair did. */
export interface RightsRepair {
  readonly repaired: readonly DriftedRight[];
  /** What the platform's database login may not put right; a superuser of the server may. */
  readonly remaining: readonly DriftedRight[];
}

/**
 * Brings roles and grants back to what the rights say, as far as the platform's database login may.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export function repairRights(caller: Caller): Promise<RightsRepair> {
  return administrate(caller, 'rights.repair', ROLES, async ({ tx, service }) => {
    const { repaired, remaining } = await repairRoles(tx, service.names);
    const value = { repaired: repaired.map(told), remaining: remaining.map(told) };
    return {
      value,
      isChange: repaired.length > 0,
      before: value.repaired.slice(0, DIFFERENCES_NAMED_MAX).map(({ text }) => text),
      after: { repaired: repaired.length, remaining: remaining.length },
    };
  });
}

/**
 * Makes the roles of every user in every company where he may work, ahead of their first sessions. About a thousand a
 * second.
 * @returns how many were made
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function prepareRights(caller: Caller): Promise<number> {
  const { service, actor } = await admit(caller, 'rights.repair', ROLES);
  const { database, names, clock, authority } = service;
  const made = await prepareRoles(database, names, everyIdentity(await readDirectory(database), clock.now()));
  if (made > 0)
    await authority.done(database, { actor, verb: 'rights.repair', object: ROLES, after: { made } });
  return made;
}

function told(difference: RoleDifference): DriftedRight {
  return { ...difference, text: describeDifference(difference) };
}
