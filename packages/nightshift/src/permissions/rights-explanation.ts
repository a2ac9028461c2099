import { VERBS, type Verb } from '../contract/permissions.ts';
import { type Directory, isGone } from './directory.ts';
import { type ObjectType, reachOfRights, tableRights } from './effective-rights.ts';
import { namesInText, setsThatGive, setsThatRun } from './giving-sets.ts';
import { missingText } from './missing-text.ts';
import { EVERY } from './name-set.ts';
import { TABLE_RIGHTS } from './permission-set.ts';
import { userGone } from './refusals.ts';
import { lentTo, missingRights, type PlannedRun, type RunnableObject } from './rehearsal.ts';
import { rightToRun, rightToTable, type SoughtRight, tracesOf, traceText } from './rights-trace.ts';

/** What PostgreSQL itself says of a table. */
export interface TableInDatabase {
  /** Null: there is no such table in the company, nor one that all companies share. */
  readonly schema: string | null;
  /** The rights of the user's role, in the order RIMD; null: he has no role yet, it is made when he is first needed. */
  readonly rights: string | null;
  /** The same while the codeunit runs, with what it is lent; null: likewise. */
  readonly rightsLent: string | null;
}

/** What is explained: one user, one company, one codeunit. */
export interface ExplainedRun extends Omit<PlannedRun, 'objects'> {
  readonly object: RunnableObject;
  /** What PostgreSQL says of the tables that the codeunit declares, by name; null: it was not asked. */
  readonly inDatabase: ReadonlyMap<string, TableInDatabase> | null;
}

/** One step of the reasoning. */
export interface ExplanationStep {
  readonly about: 'user' | 'company' | 'schedule' | ObjectType | 'table' | 'job queue';
  /** `note` is neither for nor against. */
  readonly result: 'yes' | 'no' | 'note';
  readonly text: string;
  /** What it follows from. */
  readonly because: readonly string[];
  /** The permission sets each of which would give all that is missing, those of administrators and applications first. Left out when nothing is. */
  readonly sets?: readonly string[];
}

/** Why a user may run a codeunit in a company, or may not. */
export interface RightsExplanation {
  readonly user: string;
  readonly company: string;
  readonly codeunit: string;
  /** All of it in one sentence. */
  readonly verdict: string;
  /** Whether a run as this user would find every right that the codeunit declares. */
  readonly mayRun: boolean;
  /** Whether it would also be let run unattended. */
  readonly maySchedule: boolean;
  /** Whether PostgreSQL has other rights than follow from the permission sets. */
  readonly hasDrift: boolean;
  readonly steps: readonly ExplanationStep[];
}

/** Explains the rights of a user to a codeunit, step by step. */
export function explainRun(directory: Directory, run: ExplainedRun, now: Date): RightsExplanation {
  const { user, company, object } = run;
  const gone = isGone(user, now);
  const missing = missingRights(directory, { user, company, objects: [object] });
  const toRun = missing.filter(({ kind }) => kind !== 'schedule');
  const mayRun = !gone && toRun.length === 0;
  const maySchedule = mayRun && user.canSchedule && !user.isDelegated;
  const tables = Object.entries(object.permissions.tables ?? {}).map(([table, letters]) =>
    tableSteps(directory, run, { table, letters, gone }),
  );
  const steps = [
    userStep(run, now),
    companyStep(directory, run),
    codeunitStep(directory, run),
    ...tables.flatMap((all) => all.steps),
    ...(object.permissions.tables === undefined && object.onRunPrivileged === null ? [noTables(object)] : []),
    scheduleStep(run),
    ...(['entry.create', 'entry.setReady'] as const).map((verb) => verbStep(directory, run, verb)),
  ];
  const who = `User ${user.name}`;
  const what = `${object.objectType} ${object.name} in company ${company.name}`;
  const verdict = gone
    ? `${userGone(user).message} Nothing runs as ${user.name}.`
    : !mayRun
      ? `${who} may not run ${what}. ${missingText(toRun)}`
      : maySchedule
        ? `${who} may run and schedule ${what}.`
        : `${who} may run ${what}, but not schedule it: ${scheduleStep(run).text}`;
  return {
    user: user.name,
    company: company.name,
    codeunit: object.name,
    verdict,
    mayRun,
    maySchedule,
    hasDrift: tables.some(({ drifts }) => drifts),
    steps,
  };
}

function noTables({ objectType }: RunnableObject): ExplanationStep {
  const text = `The ${objectType} declares no tables (permissions.tables), so what it touches is seen only when it runs.`;
  return { about: 'table', result: 'note', text, because: [] };
}

function userStep({ user }: ExplainedRun, now: Date): ExplanationStep {
  const about = 'user';
  if (isGone(user, now)) return { about, result: 'no', text: userGone(user).message, because: [] };
  const until = user.validUntil === null ? 'for ever' : `until ${user.validUntil.toISOString()}`;
  return { about, result: 'yes', text: `User ${user.name} is enabled, and valid ${until}.`, because: [] };
}

function companyStep(directory: Directory, { user, company }: ExplainedRun): ExplanationStep {
  const sets = directory.setsOf(user.no, company.no);
  const about = 'company';
  const state =
    company.state === 'open' ? [] : [`The company is ${company.state} now; no session is opened in it.`];
  if (sets.length === 0) {
    const text = `${user.name} has no permission set in company ${company.name}, so it does not open.`;
    return { about, result: 'no', text, because: state };
  }
  const where = sets.map(({ no, name }) => {
    const everywhere = directory.assignments.some(
      (one) => one.userNo === user.no && one.setNo === no && one.companyNo === null,
    );
    return `${name}, assigned ${everywhere ? 'in all companies' : `in company ${company.name}`}`;
  });
  const text = `${user.name} may open company ${company.name}.`;
  return { about, result: 'yes', text, because: [...where, ...state] };
}

function codeunitStep(directory: Directory, { user, company, object }: ExplainedRun): ExplanationStep {
  const about = object.objectType;
  if (object.onRunPrivileged !== null) {
    return {
      about,
      result: 'yes',
      text: `${object.name} belongs to Nightshift: everybody may run it.`,
      because: [],
    };
  }
  const { given, because } = reasons(directory, { user, company }, rightToRun(object));
  if (given) return { about, result: 'yes', text: `${user.name} may run ${about} ${object.name}.`, because };
  const sets = setsThatRun(directory, object);
  const giving = `Permission sets that give it: ${namesInText(sets)}.`;
  const text = `${user.name} may not run ${about} ${object.name}.`;
  return { about, result: 'no', text, because: [...because, giving], sets };
}

interface NeededTable {
  readonly table: string;
  readonly letters: string;
  readonly gone: boolean;
}

/** What is needed of a table, and what PostgreSQL says of it. */
function tableSteps(directory: Directory, run: ExplainedRun, needed: NeededTable) {
  const { table, letters } = needed;
  const { user, company, object } = run;
  const rights = tableRights(directory.rightsOf(user.no, company.no), table);
  const lent = lentTo(directory, object.name)(table);
  const missing = [...letters].filter((right) => !rights.includes(right) && !lent.includes(right)).join('');
  const name = table === EVERY ? 'Every table' : `Table ${table}`;
  const has = rights === '' ? 'none' : rights;
  const text = `${name}: needs ${letters}, ${user.name} has ${has}${lent === '' ? '' : `, and the codeunit is lent ${lent}`}.`;
  const having = byReason([...letters], (right) =>
    lent.includes(right) && !rights.includes(right)
      ? [`lent to ${object.name} by its inherentPermissions`]
      : reasons(directory, { user, company }, rightToTable(table, right)).because,
  );
  const lacking = byReason([...missing], (right) => [namesInText(setsThatGive(directory, table, right))]);
  const because = [
    ...having.map(([reason, some]) => `${some}: ${reason}`),
    ...lacking.map(([sets, some]) => `${some} would be given by: ${sets}`),
  ];
  const step: ExplanationStep =
    missing === ''
      ? { about: 'table', result: 'yes', text, because }
      : { about: 'table', result: 'no', text, because, sets: setsThatGive(directory, table, missing) };
  const more = databaseSteps(run, needed, { rights, lent });
  return { steps: [step, ...more.steps], drifts: more.drifts };
}

/** Rights that have the same reason are told together: `RI: Order Entry`. */
function byReason(
  letters: readonly string[],
  reasonsOf: (right: string) => readonly string[],
): readonly (readonly [reason: string, letters: string])[] {
  const found = letters.flatMap((right) => reasonsOf(right).map((reason) => ({ right, reason })));
  const grouped = Map.groupBy(found, ({ reason }) => reason);
  return [...grouped].map(([reason, all]) => [reason, all.map(({ right }) => right).join('')]);
}

function databaseSteps(
  { inDatabase, user, company }: ExplainedRun,
  { table, gone }: NeededTable,
  { rights, lent }: { readonly rights: string; readonly lent: string },
): { readonly steps: readonly ExplanationStep[]; readonly drifts: boolean } {
  const found = inDatabase?.get(table);
  if (found === undefined || table === EVERY) return { steps: [], drifts: false };
  if (found.schema === null) {
    const text = `There is no table ${table} in company ${company.name}, nor one that all companies share.`;
    return { steps: [note(text)], drifts: false };
  }
  const both = TABLE_RIGHTS.filter((right) => rights.includes(right) || lent.includes(right)).join('');
  const expected: readonly (readonly [string | null, string, string])[] = [
    [found.rights, gone ? '' : rights, `the role of ${user.name}`],
    [found.rightsLent, gone ? '' : both, `the role of ${user.name} with what the codeunit is lent`],
  ];
  const wrong = expected.filter(([present, wanted]) => present !== null && present !== wanted);
  const steps = wrong.map(([present, wanted, whose]) =>
    note(
      `PostgreSQL gives ${whose} ${present || 'nothing'} on ${found.schema}.${table}, and by the permission sets it ought to be ${wanted || 'nothing'}: the database has drifted. "nightshift rights repair" puts it right.`,
    ),
  );
  return { steps, drifts: wrong.length > 0 };
}

function note(text: string): ExplanationStep {
  return { about: 'table', result: 'note', text, because: [] };
}

function scheduleStep({ user }: ExplainedRun): ExplanationStep {
  const about = 'schedule';
  if (user.isDelegated) {
    const text = `${user.name} is a delegated administrator: a user with a licence has to approve.`;
    return { about, result: 'no', text, because: [] };
  }
  return user.canSchedule
    ? { about, result: 'yes', text: `${user.name} may schedule work.`, because: [] }
    : {
        about,
        result: 'no',
        text: `${user.name} may not schedule work; a Security Admin can allow it.`,
        because: [],
      };
}

/** Whether he can have it run by the job queue: that is one way of several. */
function verbStep(directory: Directory, { user, company }: ExplainedRun, verb: Verb): ExplanationStep {
  const rights = directory.rightsOf(user.no, company.no);
  const reach = reachOfRights(rights, verb);
  const { what, sets } = VERBS[verb];
  const about = 'job queue';
  if (reach !== null) {
    const giving = [...rights.builtIn].filter((set) => set === 'SUPER' || sets[set] !== undefined);
    const whose = reach === 'own' ? ' (own ones)' : '';
    return { about, result: 'note', text: `${user.name} may ${what}${whose}.`, because: giving };
  }
  const giving = [...Object.keys(sets), 'SUPER'];
  const because = [`Permission sets that give it: ${giving.join(', ')}.`];
  return { about, result: 'note', text: `${user.name} may not ${what}.`, because, sets: giving };
}

function reasons(
  directory: Directory,
  { user, company }: Pick<PlannedRun, 'user' | 'company'>,
  sought: SoughtRight,
): { readonly given: boolean; readonly because: readonly string[] } {
  const traces = tracesOf(directory, { userNo: user.no, companyNo: company.no }, sought);
  const giving = traces.filter(({ takenAway }) => takenAway === null);
  return { given: giving.length > 0, because: (giving.length > 0 ? giving : traces).map(traceText) };
}
