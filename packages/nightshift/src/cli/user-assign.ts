import { NightshiftError } from '../foundation/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { permissionSets } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** Where a permission set is given or taken, besides `--company`. */
export interface AssignOptions {
  readonly allCompanies?: boolean;
}

/** Who gets or loses what. */
export interface AssignWords {
  readonly user: string;
  readonly permissionSet: string;
}

/** Gives a permission set to a user. */
export function assignCommand(
  invocation: Invocation,
  words: AssignWords,
  options: AssignOptions,
): Promise<ExitCode> {
  return change(invocation, words, options, 'assign');
}

/** Takes a permission set from a user. */
export function unassignCommand(
  invocation: Invocation,
  words: AssignWords,
  options: AssignOptions,
): Promise<ExitCode> {
  return change(invocation, words, options, 'unassign');
}

async function change(
  invocation: Invocation,
  words: AssignWords,
  options: AssignOptions,
  verb: 'assign' | 'unassign',
): Promise<ExitCode> {
  const company = companyOf(invocation, options);
  await withAdministrator(invocation, {}, async (caller) => {
    const assignment = { ...words, company };
    const { changed } = await permissionSets[verb](caller, assignment);
    const where = company === null ? 'for all companies' : `in company ${company}`;
    const has = verb === 'assign' ? 'has' : 'does not have';
    invocation.answer(
      { ...assignment, changed },
      () => `User ${words.user} ${has} ${words.permissionSet} ${where}${changed ? ' now' : ' already'}.`,
    );
  });
  return EXIT.ok;
}

/** @throws NightshiftError VALIDATION when it was not said where, or both ways */
function companyOf({ settings }: Invocation, { allCompanies = false }: AssignOptions): string | null {
  const { company } = settings.named;
  if (allCompanies === (company !== null)) {
    const text = 'Say where: either --company <name>, or --all-companies.';
    throw new NightshiftError('VALIDATION', text, { field: 'company' });
  }
  return company;
}
