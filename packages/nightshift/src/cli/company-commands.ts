import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import { addHoliday, type CalendarOptions, removeHoliday, showOrSetCalendar } from './company-calendar.ts';
import {
  copyCompanyCommand,
  createCompanyCommand,
  deleteCompanyCommand,
  renameCompanyCommand,
} from './company-change.ts';
import { listCompaniesCommand, showCompany } from './company-show.ts';

/** `company …`. */
export function addCompanyCommands(program: Command, run: CommandRunner): void {
  const company = program.command('company').description('companies: partitions of the business data');
  company
    .command('create <name>')
    .description('create a company, with the tables of the application; needs --app')
    .option('--time-zone <zone>', 'IANA name, of its schedules and its work calendar (default: UTC)')
    .action(
      run<{ timeZone?: string }, [string]>((invocation, options, name) =>
        createCompanyCommand(invocation, name, options),
      ),
    );
  company
    .command('list')
    .description('list the companies that --user may work in')
    .action(run<unknown, []>(listCompaniesCommand));
  company
    .command('show <name>')
    .description('show a company, and when people work in it')
    .action(run<unknown, [string]>((invocation, _options, name) => showCompany(invocation, name)));
  company
    .command('rename <old> <new>')
    .description('give it another name; its tables stay as they are')
    .action(
      run<unknown, [string, string]>((invocation, _options, old, name) =>
        renameCompanyCommand(invocation, old, name),
      ),
    );
  company
    .command('copy <from> <to>')
    .description('copy a company with its rows; entries that would run are On Hold in the copy; needs --app')
    .action(
      run<unknown, [string, string]>((invocation, _options, from, to) =>
        copyCompanyCommand(invocation, from, to),
      ),
    );
  company
    .command('delete <name>')
    .description('delete a company with all that is in it')
    .option('--yes', 'do not ask for its name')
    .action(
      run<{ yes?: boolean }, [string]>((invocation, options, name) =>
        deleteCompanyCommand(invocation, name, options),
      ),
    );
  addCalendarCommands(company, run);
}

function addCalendarCommands(company: Command, run: CommandRunner): void {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  company
    .command('calendar <name>')
    .description('show when people work in it, or set that')
    .option('--set <file>', 'all of it, from a JSON file with timeZone, hours and holidays')
    .option(
      '--hours <days=times>',
      'of some days, such as mon-fri=08:00-12:00,13:00-17:00; "sat=" is none, "all=" around the clock; may come again',
      collect,
    )
    .option('--time-zone <zone>', 'IANA name')
    .action(
      run<CalendarOptions, [string]>((invocation, options, name) =>
        showOrSetCalendar(invocation, name, options),
      ),
    );
  const holiday = company.command('holiday').description('days on which nobody works');
  holiday
    .command('add <company> <day> <holiday>')
    .description('add a holiday, such as 2026-12-25 Christmas, or call it otherwise')
    .action(
      run<unknown, [string, string, string]>((invocation, _options, ...words) =>
        addHoliday(invocation, ...words),
      ),
    );
  holiday
    .command('remove <company> <day>')
    .description('remove a holiday')
    .action(
      run<unknown, [string, string]>((invocation, _options, name, day) =>
        removeHoliday(invocation, name, day),
      ),
    );
}
