import { type Clock, NightshiftError } from '../foundation/index.ts';
import { type CompanyCard, isGone, type LiveDirectory, userGone } from '../permissions/index.ts';
import type { SessionSpec } from '../session/index.ts';

/**
 * Decides whether a session may begin, by what is known of rights, at most a second old.
 * @throws NightshiftError USER_UNKNOWN, USER_DISABLED, COMPANY_UNKNOWN, COMPANY_CANNOT_OPEN; the database's error
 */
export function admissionOf(directory: LiveDirectory, clock: Clock): (spec: SessionSpec) => Promise<void> {
  return async ({ user, company, duringCreation }) => {
    const known = await directory.fresh();
    const now = clock.now();
    if (isGone(known.userByNo(user.no), now)) {
      // Nobody is refused by what was true a moment ago.
      const card = (await directory.confirmed()).userByNo(user.no);
      if (isGone(card, now)) throw userGone(card);
    }
    const isOpen = ({ state }: Pick<CompanyCard, 'state'>) =>
      state === 'open' || (state === 'creating' && duringCreation === true);
    if (known.companies.some((each) => each.no === company.no && isOpen(each))) return;
    const { state, name } = (await directory.confirmed()).companyByNo(company.no);
    if (isOpen({ state })) return;
    const text = `Company ${name} is being ${state === 'creating' ? 'created' : 'deleted'}.`;
    throw new NightshiftError('COMPANY_CANNOT_OPEN', text, { details: { company: name, state } });
  };
}
