import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_SETS, VERBS, type Verb } from '../contract/permissions.ts';
import {
  bothRights,
  circleOf,
  effectiveSets,
  lackingTables,
  mayRun,
  NO_RIGHTS,
  type Rights,
  reachOfRights,
  type StoredPermissionSet,
  tableRights,
} from './effective-rights.ts';
import { type PermissionSetDefinition, TABLE_RIGHTS } from './permission-set.ts';

const TABLES = ['customer', 'sales_order', 'ledger'];
const CODEUNITS = ['Post', 'Sync', 'Report'];
/** Names that no set lists. */
const OTHER = 'another';

function set(name: string, definition: Partial<PermissionSetDefinition> = {}): StoredPermissionSet {
  const empty = { codeunits: [], reports: [], tables: {}, includes: [], excludes: [] };
  return {
    no: 1,
    name,
    source: 'administrator',
    application: null,
    description: '',
    definition: { ...empty, ...definition },
    isObsolete: false,
    version: 1,
  };
}

const BUILT_IN = BUILT_IN_SETS.map((name): StoredPermissionSet => ({ ...set(name), source: 'built-in' }));

const letters = fc.subarray([...TABLE_RIGHTS], { minLength: 1 }).map((rights) => rights.join(''));
const ownRights = fc.record({
  codeunits: fc.subarray([...CODEUNITS, '*']),
  reports: fc.subarray(['Aging', '*']),
  tables: fc.dictionary(fc.constantFrom(...TABLES, '*'), letters),
});

/** Sets S0, S1 … each of which names only sets before it and built-in ones: no circle. */
const forest = fc
  .array(
    fc.record({
      own: ownRights,
      includes: fc.array(fc.nat(), { maxLength: 3 }),
      excludes: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drafts) => {
    const names: string[] = BUILT_IN.map(({ name }) => name);
    return drafts.map(({ own, includes, excludes }, index) => {
      const pick = (numbers: readonly number[]) => [
        ...new Set(numbers.map((number) => names[number % names.length] ?? 'SUPER')),
      ];
      const made = set(`S${index}`, { ...own, includes: pick(includes), excludes: pick(excludes) });
      names.push(made.name);
      return made;
    });
  });

/** All single rights, by a sentence for each. */
function singles(rights: Rights): ReadonlySet<string> {
  return new Set([
    ...[...CODEUNITS, OTHER]
      .filter((name) => mayRun(rights, { objectType: 'codeunit', name }))
      .map((name) => `run ${name}`),
    ...['Aging', OTHER]
      .filter((name) => mayRun(rights, { objectType: 'report', name }))
      .map((name) => `report ${name}`),
    ...[...TABLES, OTHER].flatMap((table) =>
      [...tableRights(rights, table)].map((right) => `${right} ${table}`),
    ),
    ...rights.builtIn,
  ]);
}

/** The same, worked out the slow way: straight from what the words mean. */
function expected(name: string, sets: readonly StoredPermissionSet[]): ReadonlySet<string> {
  const found = sets.find((each) => each.name === name);
  if (found === undefined) return new Set();
  const { definition, source } = found;
  const all = (list: readonly string[], universe: readonly string[]) =>
    list.includes('*') ? universe : universe.filter((each) => list.includes(each));
  if (name === 'SUPER') return new Set([...singles(effectiveSets(BUILT_IN).get('SUPER') ?? NO_RIGHTS)]);
  if (source === 'built-in') return new Set([name]);
  const own = new Set([
    ...all(definition.codeunits, [...CODEUNITS, OTHER]).map((each) => `run ${each}`),
    ...all(definition.reports, ['Aging', OTHER]).map((each) => `report ${each}`),
    ...[...TABLES, OTHER].flatMap((table) =>
      TABLE_RIGHTS.filter(
        (right) =>
          definition.tables[table]?.includes(right) === true ||
          definition.tables['*']?.includes(right) === true,
      ).map((right) => `${right} ${table}`),
    ),
  ]);
  const given = definition.includes.reduce((sum, each) => sum.union(expected(each, sets)), own);
  return definition.excludes.reduce((rest, each) => rest.difference(expected(each, sets)), given);
}

describe('effective sets', () => {
  it('give what they name and include, without all that the excluded ones give', () => {
    fc.assert(
      fc.property(forest, (made) => {
        const sets = [...BUILT_IN, ...made];
        const effective = effectiveSets(sets);
        for (const { name } of made) {
          expect(singles(effective.get(name) ?? NO_RIGHTS)).toEqual(expected(name, sets));
        }
      }),
    );
  });

  it('do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(forest, (made) => {
        const forth = effectiveSets([...BUILT_IN, ...made]);
        const back = effectiveSets([...made.toReversed(), ...BUILT_IN]);
        for (const { name } of made) {
          expect(singles(back.get(name) ?? NO_RIGHTS)).toEqual(singles(forth.get(name) ?? NO_RIGHTS));
        }
      }),
    );
  });

  it('add up: two sets together give what each gives', () => {
    fc.assert(
      fc.property(forest, fc.nat(), fc.nat(), (made, first, second) => {
        const effective = effectiveSets([...BUILT_IN, ...made]);
        const of = (index: number) => effective.get(made[index % made.length]?.name ?? '') ?? NO_RIGHTS;
        const both = bothRights(of(first), of(second));
        expect(singles(both)).toEqual(singles(of(first)).union(singles(of(second))));
      }),
    );
  });

  it('end for every circle, and never give more than all together', () => {
    const any = fc.array(
      fc.record({
        own: ownRights,
        includes: fc.array(fc.nat(), { maxLength: 3 }),
        excludes: fc.array(fc.nat(), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(any, (drafts) => {
        const name = (number: number) => `S${number % drafts.length}`;
        const sets = drafts.map(({ own, includes, excludes }, index) =>
          set(`S${index}`, { ...own, includes: includes.map(name), excludes: excludes.map(name) }),
        );
        const most = singles(
          effectiveSets(
            sets.map(({ name: each, definition }) =>
              set(each, { ...definition, includes: [], excludes: [] }),
            ),
          )
            .values()
            .reduce((sum, rights) => bothRights(sum, rights), NO_RIGHTS),
        );
        for (const rights of effectiveSets(sets).values()) {
          expect(singles(rights).isSubsetOf(most)).toBe(true);
        }
      }),
    );
  });

  it('take nothing from names that are no sets', () => {
    const rights = effectiveSets([
      set('A', { codeunits: ['Post'], includes: ['gone'], excludes: ['gone too'] }),
    ]);
    expect(singles(rights.get('A') ?? NO_RIGHTS)).toEqual(new Set(['run Post']));
  });

  it('with SUPER in them are SUPER; without it again they are nothing', () => {
    const sets = [
      ...BUILT_IN,
      set('Boss', { includes: ['SUPER'] }),
      set('Clerk', { includes: ['Boss'], excludes: ['SUPER'] }),
    ];
    const effective = effectiveSets(sets);
    expect(effective.get('Boss')?.builtIn.has('SUPER')).toBe(true);
    expect(singles(effective.get('Clerk') ?? NO_RIGHTS)).toEqual(new Set());
  });
});

describe('circles', () => {
  it('are found wherever they begin, with the way round', () => {
    const sets = [
      set('A', { includes: ['B'] }),
      set('B', { excludes: ['C'] }),
      set('C', { includes: ['A', 'D'] }),
      set('D', { includes: ['E'] }),
      set('E'),
    ];
    expect(circleOf('A', sets)).toEqual(['A', 'B', 'C', 'A']);
    expect(circleOf('C', sets)).toEqual(['C', 'A', 'B', 'C']);
    expect(circleOf('D', sets)).toEqual([]);
    expect(circleOf('S', [set('S', { includes: ['S'] })])).toEqual(['S', 'S']);
  });

  it('are never found in what has none', () => {
    fc.assert(
      fc.property(forest, (made) => {
        for (const { name } of made) expect(circleOf(name, [...BUILT_IN, ...made])).toEqual([]);
      }),
    );
  });

  it('of a thousand sets in a row are looked for in no time to speak of', () => {
    const chain = Array.from({ length: 1_000 }, (_, index) =>
      set(`S${index}`, { includes: [`S${index + 1}`, `S${index + 2}`, 'nothing'] }),
    );
    expect(circleOf('S0', chain)).toEqual([]);
    expect(effectiveSets(chain).size).toBe(1_000);
  });
});

describe('rights to tables', () => {
  const rights = effectiveSets([
    set('All but', { tables: { '*': 'RI', ledger: 'RIMD' }, excludes: ['No orders'] }),
    set('No orders', { tables: { sales_order: 'I' } }),
  ]).get('All but');

  it('of the wildcard hold for every table, except those that are taken away', () => {
    const has = (table: string) => tableRights(rights ?? NO_RIGHTS, table);
    expect([has('customer'), has('sales_order'), has('ledger'), has('*')]).toEqual(['RI', 'R', 'RIMD', 'RI']);
  });

  it('tell what is lacking', () => {
    const needed = { customer: 'RIM', sales_order: 'RI', ledger: 'RIMD' };
    expect(lackingTables(rights ?? NO_RIGHTS, needed)).toEqual({ customer: 'M', sales_order: 'I' });
    expect(lackingTables(NO_RIGHTS, {})).toEqual({});
  });
});

describe('verbs', () => {
  it('SUPER may use every one, to the full', () => {
    const rights = effectiveSets(BUILT_IN).get('SUPER') ?? NO_RIGHTS;
    for (const verb of Object.keys(VERBS) as Verb[]) expect(reachOfRights(rights, verb)).toBe('any');
  });

  it('the wider of two sets counts', () => {
    const effective = effectiveSets(BUILT_IN);
    const [run, admin] = [
      effective.get('Job Queue Run') ?? NO_RIGHTS,
      effective.get('Job Queue Admin') ?? NO_RIGHTS,
    ];
    expect(reachOfRights(run, 'entry.setReady')).toBe('own');
    expect(reachOfRights(bothRights(run, admin), 'entry.setReady')).toBe('any');
    expect(reachOfRights(NO_RIGHTS, 'entry.setReady')).toBe(null);
  });
});
