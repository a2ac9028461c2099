import { AsyncLocalStorage } from 'node:async_hooks';
import { NightshiftError } from '../foundation/index.ts';

/** A task among those that were enqueued one from the trigger of the other. */
export interface ChainLink {
  readonly page: object;
  readonly codeunit: string;
  readonly before: ChainLink | null;
  readonly length: number;
}

/** Codeunits of a chain that are named. */
const NAMED_MAX = 6;

const running = new AsyncLocalStorage<ChainLink>();

/** Runs a trigger of a task: what it enqueues, also later, comes after that task. */
export function inTriggerOf<T>(link: ChainLink, trigger: () => T): T {
  return running.run(link, trigger);
}

/** The task whose trigger runs now; null: none of this page. */
export function triggering(page: object): ChainLink | null {
  const link = running.getStore();
  return link?.page === page ? link : null;
}

/**
 * The next task of a chain.
 * @throws NightshiftError PAGE_TASK_LOOP naming the codeunits when it would be one too many
 */
export function nextLink(
  page: { readonly name: string },
  codeunit: string,
  before: ChainLink | null,
  lengthMax: number,
): ChainLink {
  const length = (before?.length ?? 0) + 1;
  if (length <= lengthMax) return { page, codeunit, before, length };
  const chain = [codeunit];
  for (let link = before; link !== null && chain.length < NAMED_MAX; link = link.before)
    chain.unshift(link.codeunit);
  throw new NightshiftError(
    'PAGE_TASK_LOOP',
    `Page "${page.name}" has enqueued ${lengthMax} background tasks one from the trigger of the other: … → ${chain.join(' → ')}.`,
    { details: { page: page.name, codeunits: [...new Set(chain)] } },
  );
}
