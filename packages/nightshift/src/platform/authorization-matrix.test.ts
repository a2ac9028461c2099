import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  BUILT_IN_SETS,
  type BuiltInSet,
  type Reach,
  reachOf,
  VERBS,
  type Verb,
} from '../contract/permissions.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { outcomeOf, VERB_CALLS } from '../testing/verb-calls.ts';
import { STAGED_ORDERS } from '../testing/verb-calls-items.ts';
import {
  FOREIGN,
  HOME,
  heedless,
  plain,
  sleeper,
  TARGET,
  type VerbCall,
  type VerbFacts,
  type VerbOutcome,
  VerbStage,
  VICTIM,
  VICTIM_SET,
} from '../testing/verb-stage.ts';
import * as publicVerbs from './verbs.ts';

/** Whoever tries: with one of the built-in sets or none of them, in one company, or in all; or without any set. */
interface Somebody {
  readonly name: string;
  readonly set: BuiltInSet | null;
  readonly where: 'home' | 'everywhere' | 'nowhere';
}

/** Where: at home; in the foreign company; from home, at something of the foreign company. */
const PLACES = ['home', 'foreign', 'across'] as const;
type Place = (typeof PLACES)[number];

const EVERYBODY: readonly Somebody[] = [
  ...[...BUILT_IN_SETS, null].flatMap((set) =>
    (['home', 'everywhere'] as const).map((where) => ({ name: `${set ?? 'NO SET'} ${where}`, set, where })),
  ),
  { name: 'NOBODY', set: null, where: 'nowhere' },
];

/** What belongs to a company; things of other kinds are not looked for from another one. */
const KINDS_OF_COMPANIES = ['entry', 'approval', 'task', 'session'];

let kit: TestPlatform;
let stage: VerbStage;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [plain, sleeper, heedless],
    sessions: { backgroundSessionsMaxConcurrent: 100, stopGraceMs: 600_000 },
    workItems: [STAGED_ORDERS],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addCompany(kit, FOREIGN);
  // What it takes to run something; no right to any verb.
  await addSets(kit, { Work: { codeunits: ['*'], tables: { staged_order: 'RM' } }, [VICTIM_SET]: {} });
  await addUsers(
    kit,
    { name: TARGET, sets: ['Work'] },
    { name: VICTIM, sets: ['Work'] },
    ...EVERYBODY.map(({ name, set, where }) => ({
      name,
      sets: where === 'nowhere' ? [] : [...(set === null ? [] : [set]), 'Work'],
      company: where === 'home' ? HOME : null,
    })),
  );
  stage = new VerbStage(kit, kit.platform.directory.user('ADMIN').no);
});
afterAll(() => kit.stop());

const isIn = ({ where }: Somebody, company: string) =>
  where === 'everywhere' || (where === 'home' && company === HOME);

/** How far the table lets somebody go in a company. */
function reachIn(who: Somebody, verb: Verb, company: string): Reach | null {
  const { allCompanies, everyone } = VERBS[verb];
  if (!allCompanies && !isIn(who, company)) return null;
  const counts = who.set !== null && (!allCompanies || who.where === 'everywhere');
  return (counts ? reachOf(verb, who.set) : null) ?? everyone;
}

function factsIn(who: Somebody, { verb, read }: VerbCall, company: string, isOwn: boolean): VerbFacts {
  const sees = read ?? `${verb.split('.')[0]}.read`;
  const seesOthers = sees in VERBS && reachIn(who, sees as Verb, company) === 'any';
  return { reach: reachIn(who, verb, company), isOwn, isInCompany: isIn(who, company), seesOthers };
}

/** What the table says. */
function expected(who: Somebody, call: VerbCall, place: Place, isOwn: boolean): VerbOutcome {
  const { owned, beyond, expect: unusual } = call;
  const company = place === 'foreign' ? FOREIGN : HOME;
  const facts = factsIn(who, call, company, isOwn);
  if (place === 'across' && beyond !== true) {
    const asNobodys = { ...facts, isOwn: false, seesOthers: false };
    return unusual?.(asNobodys) ?? (facts.reach === null ? 'denied' : 'hidden');
  }
  const special = unusual?.(facts) ?? null;
  if (special !== null) return special;
  if (facts.reach === null) return 'denied';
  const there = place === 'across' ? factsIn(who, call, FOREIGN, isOwn) : facts;
  if (there.reach === 'any' || (there.reach === 'own' && (owned !== true || isOwn))) return 'allowed';
  return there.seesOthers ? 'denied' : 'hidden';
}

async function tried(who: Somebody, call: VerbCall, place: Place, isOwn: boolean): Promise<VerbOutcome> {
  const { directory } = kit.platform;
  const owner = isOwn ? who.name : 'ADMIN';
  const company = place === 'home' ? HOME : FOREIGN;
  return outcomeOf(call, stage, {
    caller: kit.platform.as({ user: who.name, company: place === 'across' ? HOME : company }),
    user: who.name,
    userNo: directory.user(who.name).no,
    owner,
    ownerNo: directory.user(owner).no,
    company,
    companyNo: directory.company(company).no,
  });
}

test.each(Object.entries(VERB_CALLS))('%s does what the table says', async (_, call) => {
  const isOfCompanies = call.owned === true && KINDS_OF_COMPANIES.includes(call.verb.split('.')[0] ?? '');
  const differences: string[] = [];
  const compare = async (who: Somebody, place: Place, isOwn: boolean) => {
    const wanted = expected(who, call, place, isOwn);
    const outcome = await tried(who, call, place, isOwn).catch((error: unknown) => String(error));
    const what = `${who.name}, ${place}${isOwn ? ', own' : ''}`;
    if (outcome !== wanted) differences.push(`${what}: ${outcome} instead of ${wanted}`);
  };
  for (const place of isOfCompanies ? PLACES : (['home', 'foreign'] as const))
    for (const isOwn of call.owned === true ? [true, false] : [false]) {
      // Each has a thing of his own to try it on; what is there once is changed by one after another.
      if (isOfCompanies) await Promise.all(EVERYBODY.map((who) => compare(who, place, isOwn)));
      else for (const who of EVERYBODY) await compare(who, place, isOwn);
    }
  expect(differences).toEqual([]);
});

test('every verb of the table is tried out', () => {
  const called = new Set<string>(Object.values(VERB_CALLS).map(({ verb }) => verb));
  const ways = ['user.runAsApplication', 'page.callStack']; // part of others; tried out where they are
  expect(Object.keys(VERBS).filter((verb) => !called.has(verb) && !ways.includes(verb))).toEqual([]);
});

test('every public verb has a rule', () => {
  const names = Object.entries(publicVerbs).flatMap(([group, functions]) =>
    Object.keys(functions).map((name) => `${group}.${name}`),
  );
  expect(names.filter((name) => !(name in VERB_CALLS))).toEqual([]);
});

test('every refusal is in the audit log, and says what would give the right', async () => {
  const rows = await kit.query<{ verb: string; reason: string }>(
    "select distinct verb, reason from nightshift.audit_log where result = 'denied'",
  );
  for (const { verb, reason } of rows) {
    expect(Object.keys(VERBS)).toContain(verb);
    expect(reason).toMatch(
      /^User .+ may not .+; .*(takes one of: .*SUPER\.|he has no permission set in company .+\.)$|^User|^Only|^Whoever/,
    );
  }
  expect(new Set(rows.map(({ verb }) => verb)).size).toBeGreaterThan(30);
});
