import { VERBS, type Verb } from '../contract/permissions.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Actor } from './audit-log.ts';
import type { Company, Directory, UserCard } from './directory.ts';
import type { NamedObject } from './effective-rights.ts';
import { namesInText, setsThatRun } from './giving-sets.ts';

/** The refusal of whoever is gone. */
export function userGone(user: UserCard): NightshiftError {
  const why = user.state === 'disabled' ? 'is disabled' : `was valid until ${user.validUntil?.toISOString()}`;
  return new NightshiftError('USER_DISABLED', `User ${user.name} ${why}.`, {
    field: 'user',
    details: { user: user.name },
  });
}

/** The refusal of whoever works in a company that was deleted, or is being deleted; null when it is neither. */
export function companyGone(directory: Directory, { no, name }: Company): NightshiftError | null {
  const state = directory.companies.find((company) => company.no === no)?.state;
  if (state === undefined) {
    return new NightshiftError('COMPANY_UNKNOWN', `Company ${name} was deleted.`, { field: 'company' });
  }
  if (state !== 'deleting') return null;
  const text = `Company ${name} is being deleted.`;
  return new NightshiftError('COMPANY_CANNOT_OPEN', text, { details: { company: name, state } });
}

/** What those do who may start no unattended work. */
const WAY_OUT =
  'request approval of a job queue entry instead (jobQueue.requestApproval, nightshift approval request); it will run as whoever approves';

/** The refusal of a delegated administrator, with the way out. */
export function approvalNeeded(user: UserCard, verb: Verb): NightshiftError {
  const text = `${user.name} is a delegated administrator and may not ${VERBS[verb].what}`;
  return verb === 'approval.decide'
    ? new NightshiftError('PERMISSION_DENIED', `${text}.`, { details: { user: user.name, verb } })
    : new NightshiftError('APPROVAL_NEEDED', `${text}; ${WAY_OUT}.`, { details: { user: user.name, verb } });
}

/** The refusal of a user who may start no unattended work, with the ways out. */
export function mayNotSchedule(user: UserCard, verb: Verb): NightshiftError {
  const text = `User ${user.name} may not schedule work, which a Security Admin can allow`;
  const details = { user: user.name, verb, right: 'canSchedule' };
  return verb === 'approval.decide'
    ? new NightshiftError('PERMISSION_DENIED', `${text}.`, { details })
    : new NightshiftError('APPROVAL_NEEDED', `${text}; or ${WAY_OUT}.`, { details });
}

/** The refusal of a user who may not run a codeunit or a report in a company. */
export function mayNotRun(
  directory: Directory,
  { user, company }: Pick<Actor, 'user' | 'company'>,
  object: NamedObject,
): NightshiftError {
  const sets = setsThatRun(directory, object);
  const { objectType: kind, name } = object;
  return new NightshiftError(
    'PERMISSION_DENIED',
    `User ${user.name} may not run ${kind} ${name} in company ${company.name}; permission sets that give it: ${namesInText(sets)}.`,
    { details: { user: user.name, company: company.name, kind, name, sets } },
  );
}
