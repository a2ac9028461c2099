import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLERK,
  CRONUS,
  directoryWith as directory,
  NOW,
  runnable as object,
  SUPER,
} from '../testing/made-up-rights.ts';
import { directoryOf } from './directory.ts';
import { namesInText, setsThatGive, setsThatRun } from './giving-sets.ts';
import { missingText } from './missing-text.ts';
import { mayNotRun } from './refusals.ts';
import { missingRights, type RunnableObject, rehearse } from './rehearsal.ts';

const ORDERS = object('Process Orders', { staged_order: 'RIM', sales_order: 'RI' });
const ENTRY = {
  'Order Entry': { codeunits: ['Process Orders'], tables: { staged_order: 'RIMD', sales_order: 'RIM' } },
  'Order View': { tables: { staged_order: 'R', sales_order: 'R' } },
};
const plan = (objects: readonly RunnableObject[], user = CLERK) => ({ user, company: CRONUS, objects });

describe('a rehearsal', () => {
  it('finds nothing missing for whoever has all of it', () => {
    expect(rehearse(directory(ENTRY, ['Order Entry']), plan([ORDERS]), NOW)).toBeNull();
    expect(rehearse(directory(ENTRY, [SUPER]), plan([ORDERS]), NOW)).toBeNull();
  });

  it('tells all that is missing in one sentence, with the sets that would give it', () => {
    const error = rehearse(directory(ENTRY, ['Order View']), plan([ORDERS]), NOW);
    expect(error).toMatchObject({
      code: 'PERMISSION_DENIED',
      retriable: false,
      message:
        'User CLERK cannot have codeunit Process Orders run in company CRONUS. Missing: to run codeunit Process Orders; I (insert) on table sales_order; IM (insert, modify) on table staged_order. Permission sets that give all of it: Order Entry, SUPER.',
      details: {
        user: 'CLERK',
        company: 'CRONUS',
        missing: [
          { kind: 'codeunit', name: 'Process Orders', right: 'run', sets: ['Order Entry', SUPER] },
          { kind: 'table', name: 'sales_order', right: 'I', sets: ['Order Entry', SUPER] },
          { kind: 'table', name: 'staged_order', right: 'IM', sets: ['Order Entry', SUPER] },
        ],
      },
    });
  });

  it('says so when the user has nothing in the company, and may not schedule', () => {
    const user = { ...CLERK, canSchedule: false };
    const error = rehearse(directory(ENTRY, []), plan([object('Process Orders')], user), NOW);
    expect(error?.details['missing']).toMatchObject([
      { kind: 'schedule', name: 'CLERK', right: 'canSchedule', sets: [] },
      { kind: 'company', name: 'CRONUS', right: 'open' },
      { kind: 'codeunit', name: 'Process Orders' },
    ]);
    expect(error?.message).toMatch(
      /Missing: to schedule work \(a Security Admin can allow it\); a permission set in/,
    );
  });

  it('refuses whoever is gone before everything else', () => {
    const whoever = directory(ENTRY, []);
    const disabled = { ...CLERK, state: 'disabled' as const, isDelegated: true };
    expect(rehearse(whoever, plan([ORDERS], disabled), NOW)).toMatchObject({ code: 'USER_DISABLED' });
    const expired = { ...CLERK, validUntil: NOW };
    expect(rehearse(whoever, plan([ORDERS], expired), NOW)).toMatchObject({ code: 'USER_DISABLED' });
    const later = { ...CLERK, validUntil: new Date(NOW.getTime() + 1) };
    expect(rehearse(directory(ENTRY, [SUPER]), plan([ORDERS], later), NOW)).toBeNull();
  });

  it('sends a delegated administrator to whoever approves', () => {
    const delegated = { ...CLERK, isDelegated: true };
    expect(rehearse(directory(ENTRY, [SUPER]), plan([ORDERS], delegated), NOW)).toMatchObject({
      code: 'APPROVAL_NEEDED',
      message: expect.stringContaining('request approval'),
    });
  });

  it('asks for the failure codeunit as well, and names a table that both need once', () => {
    const failure = object('Notify', { sales_order: 'RM', mail: 'I' });
    const missing = missingRights(directory(ENTRY, ['Order View']), plan([ORDERS, failure, ORDERS]));
    expect(missing.map(({ name, right, sets: giving }) => [name, right, giving])).toEqual([
      ['Process Orders', 'run', ['Order Entry', SUPER]],
      ['Notify', 'run', [SUPER]],
      ['mail', 'I', [SUPER]],
      ['sales_order', 'IM', ['Order Entry', SUPER]],
      ['staged_order', 'IM', ['Order Entry', SUPER]],
    ]);
  });

  it('asks nothing for the codeunits of the platform', () => {
    const ours = {
      ...object('Job Queue Dispatcher', { anything: 'RIMD' }),
      onRunPrivileged: () => undefined,
    };
    expect(missingRights(directory(ENTRY, ['Order View']), plan([ours]))).toEqual([]);
  });

  it('takes what a codeunit is lent for given, but to no other one', () => {
    const lent = { 'Process Orders': { staged_order: 'IM', sales_order: 'I' } };
    const rights = directory({ ...ENTRY, Run: { codeunits: ['*'] } }, ['Order View', 'Run'], lent);
    expect(missingRights(rights, plan([ORDERS]))).toEqual([]);
    const other = object('Other', { sales_order: 'I' });
    expect(missingRights(rights, plan([ORDERS, other]))).toMatchObject([{ name: 'sales_order', right: 'I' }]);
  });

  it('tells rights one by one that no set but SUPER gives together', () => {
    const rights = directory({ In: { tables: { t: 'I' } }, Out: { tables: { t: 'D' } } }, ['In']);
    const one = object('x', { t: 'RD' });
    expect(missingRights(rights, plan([one])).slice(1)).toEqual([
      { kind: 'table', name: 't', right: 'R', sets: [SUPER] },
      { kind: 'table', name: 't', right: 'D', sets: ['Out', SUPER] },
    ]);
  });

  it('understands every table on both sides', () => {
    const all = object('Read All', { '*': 'R' });
    const rights = {
      Reader: { codeunits: ['Read All'], tables: { '*': 'R' } },
      Some: { tables: { sales_order: 'R' } },
    };
    expect(missingRights(directory(rights, ['Reader']), plan([all]))).toEqual([]);
    expect(missingRights(directory(rights, ['Some']), plan([all]))).toMatchObject([
      { kind: 'codeunit' },
      { kind: 'table', name: '*', right: 'R', sets: ['Reader', SUPER] },
    ]);
    const lent = directory(rights, ['Reader'], { 'Read All': { '*': 'M' } });
    expect(missingRights(lent, plan([object('Read All', { mail: 'RM', '*': 'M' })]))).toEqual([]);
  });

  it('is total for names of all kinds', () => {
    const names = ['__proto__', 'constructor', '💥'.repeat(30), 'a "quoted" one', ' '];
    for (const name of names) {
      const missing = missingRights(directory(ENTRY, ['Order View']), plan([object(name, { [name]: 'D' })]));
      expect(missing.map(({ kind }) => kind)).toContain('codeunit');
    }
    expect(
      missingRights(directory(ENTRY, ['Order View']), plan([object('x', { constructor: 'R' })])),
    ).toMatchObject([
      { kind: 'codeunit' },
      { kind: 'table', name: 'constructor', right: 'R', sets: [SUPER] },
    ]);
  });
});

const NAMES = ['a', 'b', 'c', 'd'];
const letters = fc.subarray(['R', 'I', 'M', 'D'], { minLength: 1 }).map((some) => some.join(''));
const tables = fc.dictionary(fc.constantFrom(...NAMES, '*'), letters, { maxKeys: 4 });
const definition = fc.record({
  codeunits: fc.subarray([...NAMES, '*']),
  tables,
  includes: fc.subarray(['S0', 'S1']),
  excludes: fc.subarray(['S2']),
});
const world = fc.record({
  S0: fc.record({ codeunits: fc.subarray(NAMES), tables }),
  S1: fc.record({ codeunits: fc.subarray(NAMES), tables }),
  S2: fc.record({ codeunits: fc.subarray(NAMES), tables }),
  S3: definition,
  S4: definition,
});
const has = fc.subarray(['S0', 'S1', 'S2', 'S3', 'S4']);
const objects = fc.array(fc.record({ name: fc.constantFrom(...NAMES), tables }), { maxLength: 3 });

describe('whatever the rights are', () => {
  it('each set that is named gives what is missing, and nothing is missing with all of it', () => {
    fc.assert(
      fc.property(world, has, objects, (definitions, given, wanted) => {
        const planned = plan(wanted.map((one) => object(one.name, one.tables)));
        const missing = missingRights(directory(definitions, given), planned);
        const more = new Set(given);
        for (const { kind, name, right, sets: giving } of missing) {
          if (kind === 'company') continue;
          expect(giving.at(-1)).toBe(SUPER);
          for (const set of giving) {
            const left = missingRights(directory(definitions, [...given, set]), planned);
            expect(left.some((one) => one.kind === kind && one.name === name && one.right === right)).toBe(
              false,
            );
          }
          more.add(giving[0] ?? SUPER);
        }
        if (missing.length === 0) return;
        expect(missingRights(directory(definitions, [...more, SUPER]), planned)).toEqual([]);
      }),
    );
  });

  it('more sets never take a right away, and SUPER lacks nothing', () => {
    fc.assert(
      fc.property(world, has, has, objects, (definitions, given, added, wanted) => {
        const planned = plan(wanted.map((one) => object(one.name, one.tables)));
        const key = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;
        const before = missingRights(directory(definitions, given), planned).map(key);
        const after = missingRights(directory(definitions, [...given, ...added]), planned).map(key);
        expect(before).toEqual(expect.arrayContaining(after));
        expect(missingRights(directory(definitions, [SUPER]), planned)).toEqual([]);
      }),
    );
  });
});

describe('the text of what is missing', () => {
  const text = (definitions: Parameters<typeof directory>[0], objects: readonly RunnableObject[]) =>
    missingText(missingRights(directory(definitions, ['Some']), plan(objects)));
  const some = { Some: { codeunits: ['nothing'] } };

  it('names what has the same right together, and the sets that give all of it', () => {
    const rights = { ...some, All: { codeunits: ['a', 'b'], tables: { x: 'RI', y: 'RI', z: 'D' } } };
    expect(text(rights, [object('a', { x: 'RI', y: 'RI' }), object('b', { z: 'D' })])).toBe(
      'Missing: to run codeunits a, b; RI (read, insert) on tables x, y; D (delete) on table z. Permission sets that give all of it: All, SUPER.',
    );
  });

  it('names the sets of each where no one but SUPER gives all of it', () => {
    const rights = { ...some, Run: { codeunits: ['a'] }, Read: { tables: { x: 'R', y: 'R' } } };
    expect(text(rights, [object('a', { x: 'R', y: 'R', z: 'D' })])).toBe(
      'Missing: to run codeunit a (permission sets that give it: Run, SUPER); R (read) on tables x, y (permission sets that give it: Read, SUPER); D (delete) on table z (permission sets that give it: SUPER).',
    );
    expect(text(some, [object('a', { '*': 'R' })])).toBe(
      'Missing: to run codeunit a; R (read) on every table. Permission sets that give all of it: SUPER.',
    );
    expect(text(some, [object('nothing', { x: 'R' })])).toBe(
      'Missing: R (read) on table x. Permission sets that give it: SUPER.',
    );
  });
});

describe('the sets that a text names', () => {
  it('are those that give it all, SUPER last, without those that are declared no more', () => {
    const definitions = {
      Z: { codeunits: ['x'], tables: { t: 'RI' } },
      A: { includes: ['Z'] },
      Half: { tables: { t: 'R' } },
      Less: { includes: ['Z'], excludes: ['Half'] },
    };
    const rights = directory(definitions, []);
    const X = { objectType: 'codeunit', name: 'x' } as const;
    expect(setsThatRun(rights, X)).toEqual(['A', 'Less', 'Z', SUPER]);
    expect(setsThatGive(rights, 't', 'RI')).toEqual(['A', 'Z', SUPER]);
    const gone = rights.permissionSets.map((set) => ({ ...set, isObsolete: set.name === 'Z' }));
    const without = directoryOf({ ...rights, permissionSets: gone });
    expect(setsThatRun(without, X)).toEqual(['A', 'Less', SUPER]);
  });

  it('are some, when there are many, and SUPER', () => {
    expect(namesInText(['a', 'b', 'c', 'd', 'e', SUPER])).toBe('a, b, c, d, e, SUPER');
    expect(namesInText(['a', 'b', 'c', 'd', 'e', 'f', 'g', SUPER])).toBe('a, b, c, d, e, 2 more, SUPER');
  });

  it('are in the refusal of a run', () => {
    const object = { objectType: 'codeunit', name: 'Process Orders' } as const;
    const refusal = mayNotRun(directory(ENTRY, []), { user: CLERK, company: CRONUS }, object);
    expect(refusal.message).toBe(
      'User CLERK may not run codeunit Process Orders in company CRONUS; permission sets that give it: Order Entry, SUPER.',
    );
    expect(refusal.details).toEqual({
      user: 'CLERK',
      company: 'CRONUS',
      kind: 'codeunit',
      name: 'Process Orders',
      sets: ['Order Entry', SUPER],
    });
  });
});
