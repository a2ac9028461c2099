import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import {
  assignItemsCommand,
  type ChangeOptions,
  editItemCommand,
  type SettleOptions,
  settleCallCommand,
  toldItemsCommand,
} from './item-change.ts';
import { errorGroupsCommand, type ListOptions, listItemsCommand, showItemCommand } from './item-list.ts';

const ITEM = 'its external id, or #number';
const ERROR = ['--error <fingerprint>', 'all that have failed with an error of this kind'] as const;

/** `items …`. */
export function addItemCommands(program: Command, run: CommandRunner): void {
  const items = program
    .command('items')
    .description(`work items: rows of other systems, each processed for itself; an item is named by ${ITEM}`);
  items
    .command('list <table>')
    .description('list items, the latest first')
    .option(
      '--status <statuses>',
      'only these, separated by commas: Pending, Processing, Failed, Processed …',
    )
    .option(...ERROR)
    .option('--before <number>', 'those with a smaller number, for the next page')
    .option('--limit <n>', 'how many, 1 to 1,000 (default: 100)')
    .action(
      run<ListOptions, [string]>((invocation, options, table) =>
        listItemsCommand(invocation, table, options),
      ),
    );
  items
    .command('show <table> <item>')
    .description('show an item with its payload, its last error and its calls to other systems')
    .action(
      run<unknown, [string, string]>((invocation, _options, table, item) =>
        showItemCommand(invocation, table, item),
      ),
    );
  items
    .command('errors <table>')
    .description('tell what has failed, by what is wrong')
    .action(run<unknown, [string]>((invocation, _options, table) => errorGroupsCommand(invocation, table)));
  addChangeCommands(items, run);
  addOtherCommands(items, run);
}

function addChangeCommands(items: Command, run: CommandRunner): void {
  const changes = [
    ['retry', 'try items again, with all attempts', null],
    ['skip', 'end items unprocessed', ['--reason <text>', 'why']],
    ['resolve', 'end items that were taken care of otherwise', ['--note <text>', 'how']],
  ] as const;
  for (const [verb, description, text] of changes) {
    const command = items
      .command(`${verb} <table> [items...]`)
      .description(description)
      .option(...ERROR);
    if (text !== null) command.requiredOption(text[0], text[1]);
    command.action(
      run<ChangeOptions, [string, readonly string[]]>((invocation, options, table, names) =>
        toldItemsCommand(invocation, verb, table, { ...options, names }),
      ),
    );
  }
}

function addOtherCommands(items: Command, run: CommandRunner): void {
  items
    .command('assign <table> [items...]')
    .description('say who looks after items; without --to nobody in particular')
    .option(...ERROR)
    .option('--to <user>', 'whom')
    .action(
      run<ChangeOptions, [string, readonly string[]]>((invocation, options, table, names) =>
        assignItemsCommand(invocation, table, { ...options, names }),
      ),
    );
  items
    .command('edit <table> <item>')
    .description('replace the payload of an item, which has to fit; needs --app')
    .requiredOption('--payload <json>', 'the whole of it')
    .action(
      run<{ payload: string }, [string, string]>((invocation, { payload }, table, item) =>
        editItemCommand(invocation, table, { item, payload }),
      ),
    );
  items
    .command('settle <table> <item> <call>')
    .description('say what became of a call to another system whose answer was lost')
    .option('--answer <json>', 'what it answered')
    .option('--not-found', 'it had no effect, and may be made again')
    .action(
      run<SettleOptions, [string, string, string]>((invocation, options, ...[table, item, call]) =>
        settleCallCommand(invocation, table, { ...options, item, call }),
      ),
    );
}
