import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import type { SaveOptions } from './document-file.ts';
import {
  deleteDocumentsCommand,
  fetchDocumentCommand,
  type MarkOptions,
  markDocumentsCommand,
} from './report-documents.ts';
import {
  DOCUMENTS_LISTED_DEFAULT,
  DOCUMENTS_LISTED_MAX,
  type InboxOptions,
  listInboxCommand,
} from './report-inbox.ts';
import { listReportsCommand } from './report-list.ts';
import { type RunReportOptions, runReportCommand } from './report-run.ts';

const FORCE = ['--force', 'write over a file that is there (default: refuse to)'] as const;

/** `report …`. */
export function addReportCommands(program: Command, run: CommandRunner): void {
  const report = program
    .command('report')
    .description('reports, and the documents that they yield; <no> is the number of a document');
  report
    .command('list')
    .description('list the reports of the application; needs --app')
    .action(run<unknown, []>(listReportsCommand));
  report
    .command('run <report>')
    .description(
      'run a report now, as --user, and wait for it: in this process, which needs --app, or on the server of --url',
    )
    .option('--parameters <json>', 'what it is filled in with, by its schema, as JSON')
    .option('--output <type>', 'PDF, XLSX, CSV, HTML, or None to only run it (default: its usual one)')
    .option('--save <place>', 'also write the document: into a file, a folder, or - for standard output')
    .option(...FORCE)
    .action(
      run<RunReportOptions, [string]>((invocation, options, name) =>
        runReportCommand(invocation, name, options),
      ),
    );
  addInboxCommands(report, run);
}

function addInboxCommands(report: Command, run: CommandRunner): void {
  report
    .command('inbox')
    .description('list the documents in the report inbox of --user, newest first')
    .option('--unread', 'only those that were not read')
    .option('--report <name>', 'only those of this report')
    .option('--everyone', 'those of everybody; takes SUPER')
    .option('--before <no>', 'those with a smaller number, for the next page')
    .option(
      '--limit <n>',
      `at most so many, 1 to ${DOCUMENTS_LISTED_MAX} (default: ${DOCUMENTS_LISTED_DEFAULT})`,
    )
    .action(run<InboxOptions, []>(listInboxCommand));
  report
    .command('fetch <no>')
    .description('write a document into a file; it counts as read')
    .option(
      '--save <place>',
      'a file, a folder, or - for standard output (default: the working directory, under its own name)',
    )
    .option(...FORCE)
    .action(
      run<SaveOptions, [string]>((invocation, options, no) => fetchDocumentCommand(invocation, no, options)),
    );
  report
    .command('mark <no...>')
    .description('mark documents as read, or as not read')
    .option('--read', 'they are read')
    .option('--unread', 'they are not')
    .action(
      run<MarkOptions, [readonly string[]]>((invocation, options, numbers) =>
        markDocumentsCommand(invocation, numbers, options),
      ),
    );
  report
    .command('delete <no...>')
    .description('delete documents for good')
    .option('--yes', 'do not ask')
    .action(
      run<{ yes?: boolean }, [readonly string[]]>((invocation, options, numbers) =>
        deleteDocumentsCommand(invocation, numbers, options),
      ),
    );
}
