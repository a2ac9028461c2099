import type { Platform } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import type { Invocation } from './invocation.ts';
import { identityOf } from './with-platform.ts';

/** Who acts on companies: where nobody says in which one, in any, since the usual one may have been renamed or deleted. */
export function administratorOf(invocation: Invocation, { as, directory }: Platform): Caller {
  const { user, company } = identityOf(invocation);
  const { named } = invocation.settings;
  const open = directory.companies.filter(({ state }) => state === 'open').map(({ name }) => name);
  const isThere = named.company !== null || open.includes(company);
  return as({ user, company: isThere ? company : (open[0] ?? company) });
}
