import { NightshiftError } from '../foundation/index.ts';
import { type CompanyCard, checkText, companySchema, type Directory } from '../permissions/index.ts';

/** Longest name of a company, in characters. */
const NAME_LENGTH_MAX = 30;

/** A company, as verbs return it. */
export interface ListedCompany extends CompanyCard {
  /** Where its tables are. */
  readonly schema: string;
}

/** A company with its schema. */
export function listed(card: CompanyCard): ListedCompany {
  const { no, name, timeZone, state, version } = card;
  return Object.freeze({ no, name, schema: companySchema(no), timeZone, state, version });
}

/** A name for a company, without spaces around it. @throws NightshiftError VALIDATION naming `name` */
export function checkedCompanyName(name: unknown): string {
  const trimmed = typeof name === 'string' ? name.trim() : name;
  checkText('name', trimmed, 1, NAME_LENGTH_MAX);
  return trimmed;
}

/**
 * Refuses a name that another company has, or that differs from it only by case.
 * @param exceptNo the company that is to be called so
 * @throws NightshiftError CONFLICT
 */
export function refuseTakenName(directory: Directory, name: string, exceptNo: number | null): void {
  const taken = directory.companies.find(
    (each) => each.no !== exceptNo && folded(each.name) === folded(name),
  );
  if (taken === undefined) return;
  throw new NightshiftError(
    'CONFLICT',
    taken.name === name
      ? `There is a company ${quoted(name)} already.`
      : `There is a company ${quoted(taken.name)} already, which differs from ${quoted(name)} only by case.`,
    { field: 'name', details: { company: listed(taken) } },
  );
}

/** Refuses what is based on an older state of the company. @throws NightshiftError CONFLICT with the current one */
export function refuseOldVersion(company: CompanyCard, version: number | undefined): void {
  if (version === undefined || version === company.version) return;
  throw new NightshiftError('CONFLICT', `Company ${quoted(company.name)} was changed in the meantime.`, {
    details: { company: listed(company) },
  });
}

/** Refuses what needs an open company. @throws NightshiftError CONFLICT */
export function refuseUnlessOpen({ name, state }: CompanyCard): void {
  if (state === 'open') return;
  throw new NightshiftError('CONFLICT', `Company ${quoted(name)} is being ${ENDING[state]}.`, {
    details: { company: name, state },
  });
}

const ENDING = { creating: 'created', deleting: 'deleted' } as const;

/** A name in a sentence. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
