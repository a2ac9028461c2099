import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { tableOf } from './showing.ts';
import { categories } from './verbs.ts';
import { withCaller } from './with-caller.ts';

const PARALLELISM_RANGE = { minimum: 1, maximum: 100 };

/** How `category create` and `category modify` were called. */
export interface CategoryOptions {
  readonly code?: string;
  readonly description?: string;
  readonly parallelism?: string;
}

/** Lists the categories of the company by code. */
export async function listCategoriesCommand(invocation: Invocation): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const found = await categories.list(caller);
    invocation.answer(found, () =>
      found.length === 0
        ? `There are no categories in ${caller.company}.`
        : tableOf(
            ['Code', 'Parallelism', 'Running', 'Waiting', 'Entries', 'Description'],
            found.map(({ code, parallelism, held, waiting, entries, description }) => [
              code,
              parallelism,
              held,
              waiting,
              entries,
              description,
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** Creates a category. */
export async function createCategoryCommand(
  invocation: Invocation,
  code: string,
  options: CategoryOptions,
): Promise<ExitCode> {
  const fields = fieldsOf(options);
  await withCaller(invocation, {}, async (caller) => {
    const category = await categories.create(caller, { code, ...fields });
    invocation.answer(
      category,
      () => `Category ${code} is created; ${category.parallelism} of its entries may run at a time.`,
    );
  });
  return EXIT.ok;
}

/** Changes a category. */
export async function modifyCategoryCommand(
  invocation: Invocation,
  code: string,
  options: CategoryOptions,
): Promise<ExitCode> {
  const fields = fieldsOf(options);
  const changes = { ...fields, ...(options.code === undefined ? {} : { code: options.code }) };
  await withCaller(invocation, {}, async (caller) => {
    await categories.modify(caller, code, changes);
    invocation.answer({ code: options.code ?? code, ...fields }, () => `Category ${code} is changed.`);
  });
  return EXIT.ok;
}

/** Deletes a category that no entry names. */
export async function deleteCategoryCommand(invocation: Invocation, code: string): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    await categories.delete(caller, code);
    invocation.answer({ deleted: true, code }, () => `Category ${code} is deleted.`);
  });
  return EXIT.ok;
}

function fieldsOf({ description, parallelism }: CategoryOptions) {
  return {
    ...(description === undefined ? {} : { description }),
    ...(parallelism === undefined
      ? {}
      : { parallelism: parseRange(parallelism, 'parallelism', PARALLELISM_RANGE) }),
  };
}
