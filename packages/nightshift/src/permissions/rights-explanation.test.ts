import { describe, expect, it } from 'vitest';
import { CLERK, CRONUS, directoryWith, NOW, runnable, SUPER } from '../testing/made-up-rights.ts';
import { directoryOf } from './directory.ts';
import { type ExplainedRun, explainRun, type TableInDatabase } from './rights-explanation.ts';

const ORDERS = runnable('Process Orders', { staged_order: 'RIM', sales_order: 'RI' });
const SETS = {
  'Order Basics': { codeunits: ['Process Orders'], tables: { staged_order: 'RIM' } },
  'Order Entry': { includes: ['Order Basics'], tables: { sales_order: 'RI' } },
  'No Orders': { codeunits: ['Process Orders'], tables: { sales_order: 'I' } },
  Trainee: { includes: ['Order Entry'], excludes: ['No Orders'] },
};
const PRESENT: TableInDatabase = { schema: 'co_1', rights: null, rightsLent: null };

function explained(
  has: readonly string[],
  more: Partial<ExplainedRun> & { readonly lent?: Record<string, string> } = {},
) {
  const { lent, ...run } = more;
  const directory = directoryWith(SETS, has, lent === undefined ? {} : { 'Process Orders': lent });
  return explainRun(
    directory,
    { user: CLERK, company: CRONUS, object: ORDERS, inDatabase: null, ...run },
    NOW,
  );
}

const step = (about: string, of: ReturnType<typeof explained>) =>
  of.steps.filter((one) => one.about === about);

describe('an explanation', () => {
  it('says which set gives what, by which include', () => {
    const all = explained(['Order Entry']);
    expect(all).toMatchObject({
      verdict: 'User CLERK may run and schedule codeunit Process Orders in company CRONUS.',
      mayRun: true,
      maySchedule: true,
      hasDrift: false,
    });
    expect(step('codeunit', all)).toEqual([
      {
        about: 'codeunit',
        result: 'yes',
        text: 'CLERK may run codeunit Process Orders.',
        because: ['Order Entry (assigned in company CRONUS), which includes Order Basics'],
      },
    ]);
    expect(step('table', all)[1]).toMatchObject({
      text: 'Table sales_order: needs RI, CLERK has RI.',
      because: ['RI: Order Entry (assigned in company CRONUS)'],
    });
    expect(step('company', all)[0]?.because).toEqual(['Order Entry, assigned in company CRONUS']);
  });

  it('says which exclude takes a right away', () => {
    const trainee = explained(['Trainee']);
    expect(trainee.mayRun).toBe(false);
    expect(trainee.verdict).toBe(
      'User CLERK may not run codeunit Process Orders in company CRONUS. Missing: to run codeunit Process Orders; I (insert) on table sales_order. Permission sets that give all of it: No Orders, Order Entry, SUPER.',
    );
    const way = 'Trainee (assigned in company CRONUS), which includes Order Entry';
    expect(step('codeunit', trainee)[0]?.because).toEqual([
      `${way}, which includes Order Basics; but Trainee excludes No Orders, which takes it away`,
      'Permission sets that give it: No Orders, Order Basics, Order Entry, SUPER.',
    ]);
    expect(step('table', trainee)[1]).toMatchObject({
      result: 'no',
      text: 'Table sales_order: needs RI, CLERK has R.',
      because: [
        `R: ${way}`,
        `I: ${way}; but Trainee excludes No Orders, which takes it away`,
        'I would be given by: No Orders, Order Entry, SUPER',
      ],
    });
  });

  it('prefers the set that gives a right to one that takes it away, which takes nothing from others', () => {
    const both = explained(['Trainee', 'Order Entry']);
    expect(both.mayRun).toBe(true);
    expect(step('codeunit', both)[0]?.because).toEqual([
      'Order Entry (assigned in company CRONUS), which includes Order Basics',
    ]);
  });

  it('tells of somebody without any set, who is gone, who may not schedule, who is delegated', () => {
    expect(explained([]).steps.map(({ about, result }) => `${about} ${result}`)).toEqual([
      'user yes',
      'company no',
      'codeunit no',
      'table no',
      'table no',
      'schedule yes',
      'job queue note',
      'job queue note',
    ]);
    expect(explained([SUPER], { user: { ...CLERK, state: 'disabled' } })).toMatchObject({
      verdict: 'User CLERK is disabled. Nothing runs as CLERK.',
      mayRun: false,
      maySchedule: false,
    });
    const expired = explained([SUPER], { user: { ...CLERK, validUntil: NOW } });
    expect(expired.verdict).toMatch(/was valid until 2026-08-01T08:00:00.000Z/);
    expect(explained([SUPER], { user: { ...CLERK, canSchedule: false } })).toMatchObject({
      verdict:
        'User CLERK may run codeunit Process Orders in company CRONUS, but not schedule it: CLERK may not schedule work; a Security Admin can allow it.',
      mayRun: true,
      maySchedule: false,
    });
    expect(explained([SUPER], { user: { ...CLERK, isDelegated: true } })).toMatchObject({
      verdict: expect.stringContaining('delegated administrator'),
      maySchedule: false,
    });
  });

  it('counts what the codeunit is lent, and says so', () => {
    const lent = explained(['Order Entry'], {
      object: runnable('Process Orders', { number_series: 'M' }),
      lent: { number_series: 'RM' },
    });
    expect(lent.mayRun).toBe(true);
    expect(step('table', lent)[0]).toMatchObject({
      text: 'Table number_series: needs M, CLERK has none, and the codeunit is lent RM.',
      because: ['M: lent to Process Orders by its inherentPermissions'],
    });
  });

  it('warns of a table that is not there, and is not against it', () => {
    const inDatabase = new Map([
      ['sales_order', PRESENT],
      ['staged_order', { ...PRESENT, schema: null }],
    ]);
    const warned = explained(['Order Entry'], { inDatabase });
    expect(warned.mayRun).toBe(true);
    expect(step('table', warned).filter(({ result }) => result === 'note')).toEqual([
      {
        about: 'table',
        result: 'note',
        text: 'There is no table staged_order in company CRONUS, nor one that all companies share.',
        because: [],
      },
    ]);
  });

  it('tells where PostgreSQL does not say what the permission sets say', () => {
    const inDatabase = new Map([
      ['sales_order', { ...PRESENT, rights: 'RIMD' }],
      ['staged_order', { ...PRESENT, rights: 'RIM' }],
    ]);
    const drifted = explained(['Order Entry'], { inDatabase });
    expect(drifted.hasDrift).toBe(true);
    expect(step('table', drifted).find(({ result }) => result === 'note')?.text).toBe(
      'PostgreSQL gives the role of CLERK RIMD on co_1.sales_order, and by the permission sets it ought to be RI: the database has drifted. "nightshift rights repair" puts it right.',
    );
    const gone = { ...CLERK, state: 'disabled' as const };
    const without = new Map([['sales_order', { ...PRESENT, rights: '', rightsLent: '' }]]);
    expect(explained(['Order Entry'], { inDatabase: without, user: gone }).hasDrift).toBe(false);
    expect(explained(['Order Entry'], { inDatabase: without }).hasDrift).toBe(true);
  });

  it('says what it cannot say: a codeunit that declares no tables', () => {
    const silent = explained(['Order Entry'], { object: runnable('Process Orders') });
    expect(step('table', silent)).toMatchObject([
      { result: 'note', text: expect.stringContaining('declares no tables') },
    ]);
    const ours = { ...runnable('Job Queue Dispatcher'), onRunPrivileged: () => undefined };
    const platform = explained(['Order Entry'], { object: ours });
    expect(platform.mayRun).toBe(true);
    expect(step('codeunit', platform)[0]?.text).toMatch(/everybody may run it/);
  });

  it('knows of the job queue, which is another way', () => {
    expect(step('job queue', explained(['Order Entry', 'Job Queue Admin']))).toMatchObject([
      { text: 'CLERK may create job queue entries.', because: ['Job Queue Admin'] },
      { text: 'CLERK may set job queue entries Ready.', because: ['Job Queue Admin'] },
    ]);
    expect(step('job queue', explained(['Order Entry']))[0]).toMatchObject({
      text: 'CLERK may not create job queue entries.',
      because: ['Permission sets that give it: Job Queue Run, Job Queue Admin, SUPER.'],
    });
  });

  it('ends in sets that include each other, and in names that are no sets', () => {
    const circle = {
      A: { includes: ['B', 'Nobody'] },
      B: { includes: ['A'], excludes: ['A'] },
    };
    const directory = directoryWith(circle, ['A']);
    const run = { user: CLERK, company: CRONUS, object: ORDERS, inDatabase: null };
    expect(explainRun(directory, run, NOW).mayRun).toBe(false);
    const everywhere = directoryOf({
      ...directoryWith(SETS, ['Order Entry']),
      assignments: directoryWith(SETS, ['Order Entry']).assignments.map((one) => ({
        ...one,
        companyNo: null,
      })),
    });
    const all = explainRun(everywhere, run, NOW);
    expect(all.steps[1]?.because).toEqual(['Order Entry, assigned in all companies']);
    expect(all.steps[2]?.because[0]).toBe(
      'Order Entry (assigned in all companies), which includes Order Basics',
    );
  });
});
