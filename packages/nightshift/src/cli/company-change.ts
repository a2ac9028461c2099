import type { CopyProgress } from '../administration/index.ts';
import { NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { askLine } from './question.ts';
import { counted } from './showing.ts';
import { companies } from './verbs.ts';
import { platformOf, withAdministrator } from './with-caller.ts';
import { neededApplication } from './with-platform.ts';

/** Progress is told at most so often. */
const PROGRESS_MS = SECOND_MS;

/** Creates a company. */
export async function createCompanyCommand(
  invocation: Invocation,
  wanted: string,
  { timeZone }: { readonly timeZone?: string },
): Promise<ExitCode> {
  const loaded = await neededApplication(invocation);
  // A session fills it, and that needs a started instance; this one must not take other work.
  const wishes = { ...loaded, taskScheduler: { enableTaskScheduler: false } };
  await withAdministrator(invocation, wishes, async (caller) => {
    if (loaded.application !== undefined && loaded.application.onCompanyCreate !== null)
      await platformOf(caller).start();
    const input = { name: wanted, ...(timeZone === undefined ? {} : { timeZone }) };
    const company = await companies.create(caller, input);
    invocation.answer(company, () => `Company ${company.name} is created, in schema ${company.schema}.`);
  });
  return EXIT.ok;
}

/** Renames a company. */
export async function renameCompanyCommand(
  invocation: Invocation,
  old: string,
  wanted: string,
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const company = await companies.rename(caller, old, wanted);
    invocation.answer(company, () => `Company ${old} is called ${company.name} now.`);
  });
  return EXIT.ok;
}

/** Copies a company, and tells how far it is. */
export async function copyCompanyCommand(
  invocation: Invocation,
  from: string,
  to: string,
): Promise<ExitCode> {
  const loaded = await neededApplication(invocation);
  const { clock } = invocation.surroundings;
  let told = clock.monotonic();
  const onProgress = ({ table, done, total, rows }: CopyProgress) => {
    if (clock.monotonic() - told < PROGRESS_MS) return;
    told = clock.monotonic();
    invocation.notice(`${done} of ${counted(total, 'table')}, ${counted(rows, 'row')}: ${table}`);
  };
  await withAdministrator(invocation, loaded, async (caller) => {
    const copied = await companies.copy(caller, { from, to, onProgress });
    const { company, tables, rows, entries, held, leftOut } = copied;
    invocation.answer(copied, () =>
      [
        `Company ${from} is copied to ${company.name}: ${counted(tables, 'table')}, ${counted(rows, 'row')}.`,
        `Job queue entries: ${entries}, of which ${held} would have run and are On Hold. Tasks, log entries and permission sets were not copied.`,
        ...(leftOut.length === 0 ? [] : [`Indexes that no migration makes: ${leftOut.join(', ')}.`]),
      ].join('\n'),
    );
  });
  return EXIT.ok;
}

/** Deletes a company, after its name was typed. */
export async function deleteCompanyCommand(
  invocation: Invocation,
  wanted: string,
  { yes }: { readonly yes?: boolean },
): Promise<ExitCode> {
  return withAdministrator(invocation, {}, async (caller) => {
    const { name } = await companies.get(caller, wanted);
    if (yes !== true && !(await isMeant(invocation, name))) {
      invocation.answer({ deleted: false }, () => 'Nothing was deleted.');
      return EXIT.failed;
    }
    const deleted = await companies.delete(caller, name, { confirm: name });
    invocation.answer({ deleted: true, ...deleted }, () => {
      const { tables, entries, logEntries, tasks, failedTasks, assignments } = deleted;
      const gone = [
        counted(tables, 'table'),
        `job queue entries: ${entries}`,
        `log entries: ${logEntries}`,
        `tasks: ${tasks + failedTasks}`,
        `assigned permission sets: ${assignments}`,
      ];
      return `Company ${name} is deleted (${gone.join(', ')}).`;
    });
    return EXIT.ok;
  });
}

async function isMeant({ surroundings }: Invocation, name: string): Promise<boolean> {
  if (surroundings.input.interactive) {
    const question = `Delete company ${name} with all that is in it? Type its name to confirm:`;
    return (await askLine(surroundings, question)) === name;
  }
  throw new NightshiftError(
    'VALIDATION',
    'Deleting a company is asked about, and there is nobody to answer: confirm with --yes.',
    { field: 'yes' },
  );
}
