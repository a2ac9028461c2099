import type { BulkPreview, BulkWish } from '@nightshift/client/api';
import { api, changed, newKey, type Resource } from './api.ts';

/** What an action takes besides its rows. */
type BulkArguments = NonNullable<BulkWish['arguments']>;
type BulkFilter = NonNullable<BulkWish['selection']['filter']>;

/** What was filled in before an action. */
interface Filled {
  readonly text: string;
  readonly choice: string;
}

type Kinds = Readonly<Record<string, (given: Filled) => BulkArguments>>;

const nothing = () => ({});
const user = ({ text }: Filled) => ({ user: text });

/** What the server does to many by itself, by what it is done to, and what each action takes of what was filled in. */
const BULK_KINDS: Readonly<Record<BulkWish['target'], Kinds>> = {
  jobQueueEntries: {
    setReady: nothing,
    setOnHold: nothing,
    restart: nothing,
    runNow: nothing,
    wake: nothing,
    delete: nothing,
    stopRun: ({ text }) => (text === '' ? {} : { comment: text }),
    setPriority: ({ choice }) => ({ priority: choice as 'High' | 'Normal' | 'Low' }),
    reassign: user,
  },
  jobQueueLogEntries: { retry: nothing },
  scheduledTasks: { setReady: nothing, cancel: nothing, rerun: nothing, delete: nothing, reassign: user },
  workItems: {
    retry: nothing,
    skip: ({ text }) => ({ reason: text }),
    resolve: ({ text }) => ({ note: text }),
    assign: ({ text }) => ({ user: text === '' ? null : text }),
  },
};

function kindsOf(resource: Resource): Kinds {
  return (BULK_KINDS as Readonly<Partial<Record<Resource, Kinds>>>)[resource] ?? {};
}

/** Whether the server does an action to many by itself, so that it goes on when the page is closed. */
export function isBulkAction(resource: Resource, action: string): boolean {
  return Object.hasOwn(kindsOf(resource), action);
}

/** Which rows of which companies are meant, and what is done to them. */
export interface BulkPlan {
  readonly resource: Resource;
  readonly action: string;
  readonly given: Filled;
  /** The table of work items, when it is done to these. */
  readonly table: string | undefined;
  /** What is chosen, by company. */
  readonly selections: ReadonlyMap<string, BulkWish['selection']>;
}

function wishOf({ resource, action, given, table }: BulkPlan, selection: BulkWish['selection']): BulkWish {
  return {
    target: resource as BulkWish['target'],
    ...(table === undefined ? {} : { items: table }),
    action: action as BulkWish['action'],
    selection,
    arguments: kindsOf(resource)[action]?.(given) ?? {},
  };
}

/** The dry run of one company. */
export interface CompanyPreview extends BulkPreview {
  readonly company: string;
}

/** What would come of it, company by company. @throws ApiProblem */
export function previewBulk(plan: BulkPlan, signal: AbortSignal): Promise<readonly CompanyPreview[]> {
  return Promise.all(
    [...plan.selections].map(async ([company, selection]) => ({
      company,
      ...(await api.call('bulkOperations.preview', {
        params: { company },
        body: wishOf(plan, selection),
        signal,
      })),
    })),
  );
}

/** A bulk operation that has begun. */
export interface BegunOperation {
  readonly company: string;
  readonly id: string;
}

/** Begins it, an operation for each company. @throws ApiProblem also when other rows fit than were shown */
export async function beginBulk(
  plan: BulkPlan,
  shown: readonly CompanyPreview[],
): Promise<readonly BegunOperation[]> {
  const begun: BegunOperation[] = [];
  for (const { company, total, allowed } of shown) {
    const selection = plan.selections.get(company);
    if (selection === undefined || allowed === 0) continue;
    const { id } = await api.call('bulkOperations.create', {
      params: { company },
      body: { ...wishOf(plan, selection), expected: total },
      idempotencyKey: newKey(),
    });
    begun.push({ company, id });
  }
  changed('bulkOperations', plan.resource);
  return begun;
}

/** Where a list and a selection of it differ in what a filter is called. */
const RENAMED: Readonly<Record<string, string>> = { state: 'status' };
const KNOWN: ReadonlySet<string> = new Set([
  'status',
  'object',
  'category',
  'runAs',
  'tag',
  'q',
  'userGone',
  'fingerprint',
  'startedFrom',
  'startedTo',
  'assignedTo',
  'unassigned',
]);
const FLAGS = new Set(['userGone', 'unassigned']);

/** The filters of a list as a selection says them; null: one of them can only be said row by row. */
export function bulkFilter(query: Readonly<Record<string, string>>): BulkFilter | null {
  const parts = Object.entries(query)
    .filter(([name]) => name !== 'sort')
    .map(([name, value]) => [RENAMED[name] ?? name, value] as const);
  if (parts.some(([name]) => !KNOWN.has(name))) return null;
  const values = parts.map(([name, value]) => [
    name,
    name === 'status' ? value.split(',') : FLAGS.has(name) ? value === 'true' : value,
  ]);
  return Object.fromEntries(values) as BulkFilter;
}

/** Where bulk operations are. */
export const BULK_PATH = '/bulk-operations';
