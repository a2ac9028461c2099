import type { EntryOutputType } from '../contract/report-output-type.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type { InboxDocument } from '../reports/index.ts';
import { type AnyCodeunit, type Caller, parseRecord } from '../session/index.ts';
import {
  documentText,
  type SaveOptions,
  type SavePlace,
  saveDocument,
  savePlaceOf,
} from './document-file.ts';
import { parametersOf } from './entry-fields.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { outputTypeOf } from './output-type.ts';
import { startReportByServer } from './remote/reports.ts';
import { namedReport, reportHere } from './reports-here.ts';
import { type EndedSession, endOf, inThisProcess, runBackground, tellWhatRuns } from './session-here.ts';
import { endByServer } from './session-start-remote.ts';
import { endedText, eventView, isSuccess } from './session-view.ts';
import { zoneOrUtc } from './showing.ts';
import { reportInbox, reports } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** How `report run` was called. */
export interface RunReportOptions extends SaveOptions {
  readonly parameters?: string;
  readonly output?: string;
}

/** What a report is to be run with, and where its document goes. */
interface Wish {
  readonly parameters: unknown;
  /** Undefined: its usual one. */
  readonly outputType: EntryOutputType | undefined;
  /** Null: it stays in the inbox only. */
  readonly save: SavePlace | null;
}

/**
 * Runs a report now, in a background session of this process or of the server, waits for its end, and says which document
 * is in the report inbox.
 */
export async function runReportCommand(
  invocation: Invocation,
  name: string,
  options: RunReportOptions,
): Promise<ExitCode> {
  const wish = await wishOf(invocation, options);
  return invocation.settings.server === null
    ? runHere(invocation, name, wish)
    : runByServer(invocation, name, wish);
}

/** @throws NightshiftError VALIDATION; CONFLICT for a file that is there: before anything runs */
async function wishOf(invocation: Invocation, options: RunReportOptions): Promise<Wish> {
  const { parameters, output, save } = options;
  const outputType = output === undefined ? undefined : outputTypeOf(output, 'outputType');
  if (save !== undefined && outputType === 'None')
    throw new NightshiftError('VALIDATION', 'With --output None there is no document to save.', {
      field: 'save',
    });
  return {
    parameters: parameters === undefined ? undefined : parametersOf(parameters),
    outputType,
    save: save === undefined ? null : await savePlaceOf(invocation, options),
  };
}

function runHere(invocation: Invocation, name: string, wish: Wish): Promise<ExitCode> {
  return inThisProcess(invocation, async (place) => {
    const { platform, caller } = place;
    const { parameters, outputType } = wish;
    const target = reportHere(platform, name);
    const record = { parameters, outputType };
    checkRecord(target as AnyCodeunit, record);
    await checkInbox(caller, wish);
    await platform.start();
    const { clock } = invocation.surroundings;
    const begun = clock.monotonic();
    const uniqueId = await runBackground(place, target as AnyCodeunit, { record, timeout: null });
    const tookMs = Math.round(clock.monotonic() - begun);
    const end = await endOf(place, { uniqueId, name: target.name });
    const exitCode = await tellRun(invocation, caller, { end, tookMs }, wish);
    tellWhatRuns(place);
    return exitCode;
  });
}

function runByServer(invocation: Invocation, wanted: string, wish: Wish): Promise<ExitCode> {
  return withCaller(invocation, {}, async (caller) => {
    const { parameters, outputType } = wish;
    // What runs, and what it has yielded, is found by its name.
    const name = /^\d+$/.test(wanted) ? namedReport(await reports.list(caller), wanted).name : wanted;
    await checkInbox(caller, wish);
    const ended = await endByServer(invocation, caller, name, () =>
      startReportByServer(caller, { report: name, parameters, outputType }),
    );
    return tellRun(invocation, caller, ended, wish);
  });
}

/** Who may not look into his inbox hears so before it runs, not when it is too late. */
async function checkInbox(caller: Caller, { outputType }: Wish): Promise<void> {
  if (outputType !== 'None') await reportInbox.list(caller, { limit: 1 });
}

function checkRecord(target: AnyCodeunit, record: unknown): void {
  try {
    parseRecord(target, record);
  } catch (error) {
    throw withoutRecord(error);
  }
}

/** That parameters and output type are parts of a record is for programs. */
function withoutRecord(error: unknown): unknown {
  if (!isNightshiftError(error, 'RECORD_INVALID') || error.field?.startsWith('record.') !== true)
    return error;
  const field = error.field.slice('record.'.length);
  const text = error.message.replaceAll(error.field, field);
  return new NightshiftError('RECORD_INVALID', text, { field, cause: error });
}

/** Says how it has ended and what it has yielded, and writes that where it goes. */
async function tellRun(
  invocation: Invocation,
  caller: Caller,
  { end, tookMs }: EndedSession,
  wish: Wish,
): Promise<ExitCode> {
  const { save } = wish;
  const succeeded = isSuccess(end.type);
  const document = succeeded ? await documentOf(caller, wish, end) : null;
  const savedAs = document === null || save === null ? null : await saved(invocation, caller, document, save);
  const zone = zoneOrUtc(caller.timeZone);
  const { verbose } = invocation.settings;
  const text = () =>
    [
      endedText(end, { tookMs, zone, verbose }),
      ...(succeeded ? [yieldText(document, caller)] : []),
      ...(savedAs === null ? [] : [`Saved as ${savedAs}.`]),
    ].join('\n');
  if (document !== null && save?.fileFor(document) === null) invocation.notice(text());
  else invocation.answer({ succeeded, tookMs, end: eventView(end), document, savedAs }, text);
  const isMissing = save !== null && document === null;
  return succeeded && !isMissing ? EXIT.ok : EXIT.failed;
}

/** Its own: a report may have run others. */
async function documentOf(
  caller: Caller,
  { outputType }: Wish,
  { uniqueId, codeunit }: EndedSession['end'],
): Promise<InboxDocument | null> {
  if (outputType === 'None') return null;
  const { documents } = await reportInbox.list(caller, { sessionUniqueId: uniqueId, report: codeunit });
  return documents[0] ?? null;
}

async function saved(
  invocation: Invocation,
  caller: Caller,
  { no }: InboxDocument,
  save: SavePlace,
): Promise<string | null> {
  try {
    return await saveDocument(invocation, save, await reportInbox.fetch(caller, no));
  } catch (error) {
    // It need not run again.
    invocation.surroundings.output.err(`Document ${no} is in the report inbox, but it is not saved.`);
    throw error;
  }
}

function yieldText(document: InboxDocument | null, { user }: Caller): string {
  return document === null
    ? 'It has yielded no document.'
    : `Document ${document.no}, ${documentText(document)}, is in the report inbox of ${user}.`;
}
