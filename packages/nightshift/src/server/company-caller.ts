import { NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import type { Who } from './who.ts';

/**
 * Whoever asks, in a company. One that he has nothing to do with is not there for him.
 * @throws NightshiftError COMPANY_UNKNOWN; PERMISSION_DENIED when he may work in none
 */
export async function callerOf(
  platform: Platform,
  who: Who,
  { name, correlationId }: { readonly name: string; readonly correlationId: string },
): Promise<Caller> {
  const { directory } = platform;
  const user = directory.user(who.user);
  const known = directory.companies.find((company) => company.name === name);
  if (known === undefined || (who.company !== null && who.company !== name)) throw companyUnknown(name);
  const caller = platform.as({ user: who.user, company: name, correlationId });
  if (directory.setsOf(user.no, known.no).length === 0) {
    const door = doorOf(caller);
    const wish = { kind: 'company', id: String(known.no), name };
    // Asked so that the refusal is in the audit log.
    await door
      .service(AUTHORITY)
      .demand(actorOf(door), 'company.open', wish)
      .catch(() => {
        throw companyUnknown(name);
      });
  }
  return caller;
}

/** Where somebody acts whose request names no company. */
export function homeOf({ directory }: Platform, who: Who): string {
  if (who.company !== null) return who.company;
  const { no } = directory.user(who.user);
  const home = directory.companies
    .filter((company) => company.state === 'open' && directory.setsOf(no, company.no).length > 0)
    .sort((one, other) => one.no - other.no)[0];
  if (home !== undefined) return home.name;
  throw new NightshiftError('PERMISSION_DENIED', `User ${who.user} has no permission set in any company.`);
}

function companyUnknown(name: string): NightshiftError {
  return new NightshiftError('COMPANY_UNKNOWN', `There is no company ${JSON.stringify(name)}.`);
}
