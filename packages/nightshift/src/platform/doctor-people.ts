import type { Executor } from '../database/index.ts';
import {
  readAdministrators,
  readGoneUsers,
  readObsoleteSets,
  readShadowedSets,
} from './doctor-people.sql.ts';
import { count, type Finding, ok, warning } from './finding.ts';

/** A permission set of an application. */
interface SetFacts {
  readonly name: string;
  readonly application: string;
}

/** What runs as somebody who is gone, in one company. */
interface GoneUser {
  readonly name: string;
  readonly company: string;
  readonly entries: number;
  readonly tasks: number;
}

/** Users and permission sets, as far as something may be wrong with them. */
export interface PeopleFacts {
  /** Their application declares them no more, and users have them. */
  readonly obsoleteSets: readonly (SetFacts & { readonly users: number })[];
  /** An application declares a set by this name, which somebody else's set has. */
  readonly shadowedSets: readonly SetFacts[];
  readonly goneUsers: readonly GoneUser[];
  /** Users with SUPER itself for all companies who are not gone. */
  readonly administrators: number;
}

/** Reads them; the schema is that of this release. */
export async function readPeople(database: Executor): Promise<PeopleFacts> {
  const [obsoleteSets, shadowedSets, goneUsers, [row]] = await Promise.all([
    database.run<SetFacts & { readonly users: number }>(readObsoleteSets, []),
    database.run<SetFacts>(readShadowedSets, []),
    database.run<GoneUser>(readGoneUsers, []),
    database.run<{ administrators: number }>(readAdministrators, []),
  ]);
  return { obsoleteSets, shadowedSets, goneUsers, administrators: row?.administrators ?? 0 };
}

/** What is to be said of users and permission sets. */
export function peopleFindings(people: PeopleFacts): readonly Finding[] {
  const { obsoleteSets, shadowedSets, goneUsers, administrators } = people;
  const findings = [
    ...(administrators === 0 ? [nobody()] : []),
    ...obsoleteSets.map(obsolete),
    ...shadowedSets.map(shadowed),
    ...goneUsers.map(gone),
  ];
  return findings.length > 0 ? findings : [ok('people', 'Whoever has work that waits may have it run.')];
}

function nobody(): Finding {
  return warning(
    'people',
    'No user who is enabled has permission set SUPER for all companies.',
    'Whoever has a set that contains SUPER can give it; "nightshift permission-set show" says who has a set.',
  );
}

function obsolete({ name, application, users }: PeopleFacts['obsoleteSets'][number]): Finding {
  return warning(
    'people',
    `Permission set ${name} is obsolete: application ${application} declares it no more, and ${count(users, 'user has', 'users have')} it still.`,
    `Give them another one, then "nightshift permission-set delete ${JSON.stringify(name)} --unassign".`,
  );
}

function shadowed({ name, application }: SetFacts): Finding {
  return warning(
    'people',
    `Application ${application} declares permission set ${name}, but another set has that name: the declaration does not count.`,
    'Create the other set under a new name and delete this one; the declaration counts with the next start.',
  );
}

function gone({ name, company, entries, tasks }: GoneUser): Finding {
  const what = [
    ...(entries === 0 ? [] : [count(entries, 'job queue entry', 'job queue entries')]),
    ...(tasks === 0 ? [] : [count(tasks, 'task', 'tasks')]),
  ];
  const kind = entries > 0 ? 'entry' : 'task';
  return warning(
    'people',
    `${what.join(' and ')} in company ${company} would run as ${name}, who is gone: they fail with USER_DISABLED.`,
    `See "nightshift ${kind} list --gone"; "nightshift ${kind} reassign" gives them to somebody else.`,
  );
}
