import type { Command } from 'commander';
import {
  type CategoryOptions,
  createCategoryCommand,
  deleteCategoryCommand,
  listCategoriesCommand,
  modifyCategoryCommand,
} from './category-change.ts';
import type { CommandRunner } from './commands.ts';

const DESCRIPTION = ['--description <text>', 'at most 100 characters'] as const;

/** `category …`. */
export function addCategoryCommands(program: Command, run: CommandRunner): void {
  const category = program
    .command('category')
    .description('categories of job queue entries: of one, only so many run at a time');
  category
    .command('list')
    .description('list the categories of the company, with what runs and what waits')
    .action(run<unknown, []>(listCategoriesCommand));
  category
    .command('create <code>')
    .description('create a category')
    .option(...DESCRIPTION)
    .option('--parallelism <n>', 'how many of its entries may run at a time, 1 to 100 (default: 1)')
    .action(
      run<CategoryOptions, [string]>((invocation, options, code) =>
        createCategoryCommand(invocation, code, options),
      ),
    );
  category
    .command('modify <code>')
    .description('change a category; nothing that runs is stopped')
    .option('--code <code>', 'another code; its entries follow')
    .option(...DESCRIPTION)
    .option('--parallelism <n>', 'how many of its entries may run at a time, 1 to 100')
    .action(
      run<CategoryOptions, [string]>((invocation, options, code) =>
        modifyCategoryCommand(invocation, code, options),
      ),
    );
  category
    .command('delete <code>')
    .description('delete a category that no entry names')
    .action(run<unknown, [string]>((invocation, _options, code) => deleteCategoryCommand(invocation, code)));
}
