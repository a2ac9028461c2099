import { describeDuration, type StoredError } from '../foundation/index.ts';
import type { JobQueueLogEntry } from '../job-queue/index.ts';
import { findEntry } from './entry-lookup.ts';
import { logEntryView } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { logLineText, progressText } from './run-notes.ts';
import { instantText, NOTHING, tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';

const LOG_ENTRIES_DEFAULT = 20;
const LOG_ENTRIES_MAX = 1_000;

/** Lists log entries, newest first: of one entry, or of all. */
export async function showLog(
  invocation: Invocation,
  idOrNumber: string | undefined,
  options: { readonly limit?: string; readonly lines?: boolean },
): Promise<ExitCode> {
  const limit =
    options.limit === undefined
      ? LOG_ENTRIES_DEFAULT
      : parseRange(options.limit, 'limit', { minimum: 1, maximum: LOG_ENTRIES_MAX });
  await withCaller(invocation, {}, async (caller) => {
    const entryId = idOrNumber === undefined ? undefined : (await findEntry(caller, idOrNumber)).id;
    const entries = await jobQueue.logEntries(caller, {
      limit,
      ...(entryId === undefined ? {} : { entryId }),
    });
    const zone = zoneOrUtc(caller.timeZone);
    const withLines = options.lines === true;
    const views = entries
      .map(logEntryView)
      .map(({ lines, ...view }) => (withLines ? { ...view, lines } : view));
    invocation.answer(views, () => logText(entries, zone, withLines));
  });
  return EXIT.ok;
}

function logText(entries: readonly JobQueueLogEntry[], zone: string, withLines: boolean): string {
  if (entries.length === 0) return 'There are no log entries.';
  return withLines ? entries.map((entry) => runText(entry, zone)).join('\n\n') : logTable(entries, zone);
}

function logTable(entries: readonly JobQueueLogEntry[], zone: string): string {
  return tableOf(
    [
      'Log',
      'Entry',
      'Object',
      'Status',
      'Trigger',
      `Planned (${zone})`,
      'Wait',
      `Started (${zone})`,
      'Took',
      'Attempt',
      'User',
      'Note',
      'Phase',
      'Error',
      'Reported',
    ],
    entries.map((entry) => [
      entry.no,
      entry.entryNo,
      entry.object,
      entry.status,
      entry.trigger,
      entry.plannedAt === null ? null : wallClockText(entry.plannedAt, zone),
      entry.wait === null ? null : describeDuration(entry.wait),
      wallClockText(entry.startedAt, zone),
      tookText(entry),
      entry.attempt,
      entry.user,
      entry.note,
      entry.phase,
      entry.error?.message ?? null,
      entry.errorMessages === 0 ? null : entry.errorMessages,
    ]),
  );
}

/** One run with everything it left behind. */
function runText(entry: JobQueueLogEntry, zone: string): string {
  const { no, entryNo, object, status, startedAt, note, error, progress, lines } = entry;
  const head = `Log ${no}, entry ${entryNo} (${object}): ${status}, started ${instantText(startedAt, zone)}, took ${tookText(entry)}`;
  return [
    note === null ? head : `${head}; ${note}`,
    `  ${wherefromText(entry, zone)}`,
    ...(error === null ? [] : [`  Error${errorText(entry, error)}`]),
    ...(error?.causes ?? []).map(({ message }) => `    caused by: ${message}`),
    ...reportedText(entry),
    ...(progress === null ? [] : [`  Progress: ${progressText(progress)}`]),
    ...lines.map((line) => `  ${logLineText(line, zone)}`),
    ...(lines.length === 0 ? ['  No lines.'] : []),
  ].join('\n');
}

/** What set it off, when it was planned, where it ran. */
function wherefromText(
  { trigger, plannedAt, wait, instanceName, codeunitVersion }: JobQueueLogEntry,
  zone: string,
): string {
  const plan =
    plannedAt === null || wait === null
      ? []
      : [`planned ${instantText(plannedAt, zone)}, waited ${describeDuration(wait)}`];
  const where = instanceName === null ? [] : [`on ${instanceName}`];
  const version = codeunitVersion === null ? [] : [`version ${codeunitVersion}`];
  return [`Trigger: ${trigger}`, ...plan, ...where, ...version].join('; ');
}

function errorText({ phase, fingerprint }: JobQueueLogEntry, { message, code }: StoredError): string {
  const where = phase === null ? '' : ` ${phase}`;
  const kind = fingerprint === null ? '' : `; fingerprint ${fingerprint}`;
  return `${where}: ${message}${code === null ? '' : ` (${code})`}${kind}`;
}

function reportedText({ no, errorMessages }: JobQueueLogEntry): readonly string[] {
  if (errorMessages === 0) return [];
  const what = errorMessages === 1 ? 'one error' : `${errorMessages} errors`;
  return [`  Reported ${what}; "nightshift entry errors ${no}" lists them`];
}

/** How long a run took. */
export function tookText({ startedAt, endedAt }: JobQueueLogEntry): string {
  return endedAt === null ? NOTHING : describeDuration(Math.max(0, endedAt.getTime() - startedAt.getTime()));
}
