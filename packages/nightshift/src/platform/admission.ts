import { type Clock, NightshiftError } from '../foundation/index.ts';
import {
  type CompanyCard,
  type Directory,
  isGone,
  type LiveDirectory,
  userGone,
} from '../permissions/index.ts';
import type { SessionSpec } from '../session/index.ts';

/**
 * Decides whether a session may begin, by what is known of rights, at most a second old. Null: it may, without a wait.
 * @throws NightshiftError USER_UNKNOWN, USER_DISABLED, COMPANY_UNKNOWN, COMPANY_CANNOT_OPEN; the database's error
 */
export function admissionOf(
  directory: LiveDirectory,
  clock: Clock,
): (spec: SessionSpec) => Promise<void> | null {
  return (spec) => {
    const isAdmitted = directory.isFresh && wouldAdmit(directory.current, clock, spec);
    return isAdmitted ? null : admit(directory, clock, spec);
  };
}

/** Whether nothing speaks against it. */
function wouldAdmit(known: Directory, clock: Clock, spec: SessionSpec): boolean {
  return !isGone(known.userByNo(spec.user.no), clock.now()) && opens(known, spec);
}

/** Whether its company is open, or open to it. */
function opens(known: Directory, { company, duringCreation }: SessionSpec): boolean {
  return known.companies.some(({ no, state }) => no === company.no && isOpen(state, duringCreation));
}

function isOpen(state: CompanyCard['state'], duringCreation: boolean | undefined): boolean {
  return state === 'open' || (state === 'creating' && duringCreation === true);
}

async function admit(directory: LiveDirectory, clock: Clock, spec: SessionSpec): Promise<void> {
  const { user, company, duringCreation } = spec;
  const known = await directory.fresh();
  const now = clock.now();
  if (isGone(known.userByNo(user.no), now)) {
    // Nobody is refused by what was true a moment ago.
    const card = (await directory.confirmed()).userByNo(user.no);
    if (isGone(card, now)) throw userGone(card);
  }
  if (opens(known, spec)) return;
  const { state, name } = (await directory.confirmed()).companyByNo(company.no);
  if (isOpen(state, duringCreation)) return;
  const text = `Company ${name} is being ${state === 'creating' ? 'created' : 'deleted'}.`;
  throw new NightshiftError('COMPANY_CANNOT_OPEN', text, { details: { company: name, state } });
}
