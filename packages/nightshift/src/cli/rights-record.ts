import type { z } from 'zod';
import type { RecordedRights } from '../administration/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { jobQueueEntryRecord } from '../job-queue/index.ts';
import { type Platform, rights } from '../platform/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { permissionSetCode } from './permission-set-code.ts';
import { recordOf } from './session-start.ts';
import { StopWish } from './stop-wish.ts';
import { terminalInterface } from './terminal-interface.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** How `rights record` was called. */
export interface RecordOptions {
  readonly record?: string;
  readonly recordFile?: string;
  readonly parameter?: string;
  readonly as?: string;
  readonly commit?: boolean;
  readonly yes?: boolean;
}

/** Longest statement that is shown, in characters. */
const STATEMENT_LENGTH_MAX = 80;

/** Runs a codeunit once before the person at the terminal, and prints the permission set that it needed. */
export async function recordRightsCommand(
  invocation: Invocation,
  codeunit: string,
  options: RecordOptions,
): Promise<ExitCode> {
  const { surroundings } = invocation;
  const record = givenRecord(invocation, codeunit, options);
  const loaded = await requiredApplication(invocation);
  const stop = new StopWish(surroundings);
  try {
    const wishes = { ...loaded, taskScheduler: { enableTaskScheduler: false } };
    return await withPlatform(invocation, wishes, async (platform) => {
      const caller = platform.as(identityOf(invocation));
      await platform.start();
      stopSessionsOn(stop, platform);
      invocation.notice(`Recording ${codeunit} in the foreground …`);
      const recorded = await rights.record(caller, {
        codeunit,
        record,
        keep: options.commit === true,
        userInterface: terminalInterface(surroundings, options.yes === true),
        ...(options.as === undefined ? {} : { user: options.as }),
      });
      invocation.answer(recorded, () => recordedText(recorded));
      return recorded.error === null ? EXIT.ok : EXIT.failed;
    });
  } finally {
    stop.end();
  }
}

/** Ctrl-C ends the session like any other stop; what was needed until then is told. */
function stopSessionsOn(stop: StopWish, platform: Platform): void {
  void stop.first.then(() => platform.instance.host.active.stopAll('stopped', 'stopped at the terminal'));
}

/** @throws NightshiftError VALIDATION */
function givenRecord({ surroundings }: Invocation, codeunit: string, options: RecordOptions): unknown {
  const { parameter, ...given } = options;
  const record = recordOf(given, surroundings.workingDirectory);
  if (parameter === undefined) return record;
  if (record !== undefined) {
    throw new NightshiftError('VALIDATION', 'Give either --parameter or --record.', { field: 'parameter' });
  }
  const entry: z.input<typeof jobQueueEntryRecord> = {
    id: '00000000-0000-0000-0000-000000000000',
    entryNo: 0,
    object: codeunit,
    description: codeunit,
    parameterString: parameter,
    parameters: null,
    recordToProcess: null,
    attempts: 0,
    maximumAttempts: 0,
  };
  return entry;
}

function recordedText(recorded: RecordedRights): string {
  const { codeunit, user, company, permissionSet, insideFunctions } = recorded;
  const remarks = Object.fromEntries(
    Object.entries(insideFunctions).map(([table, letters]) => [
      table,
      `${letters} inside functions or triggers`,
    ]),
  );
  const kind = permissionSet.reports.includes(codeunit) ? 'Report' : 'Codeunit';
  return [
    `${kind} ${codeunit} was run as ${user} in company ${company}, and ${recorded.isKept ? 'committed' : 'rolled back'}.`,
    ...errorLines(recorded),
    '',
    permissionSetCode(permissionSet, remarks),
    '',
    ...undeclaredLines(recorded),
    ...unseenLines(recorded),
    'This is what one run needed: paths that it did not take may need more.',
  ].join('\n');
}

function errorLines({ error }: RecordedRights): readonly string[] {
  if (error === null) return [];
  const { code, message } = error;
  return [`It failed, so it may need more than this: ${message}${code === null ? '' : ` (${code})`}`];
}

function undeclaredLines({ undeclared }: RecordedRights): readonly string[] {
  if (undeclared === null) {
    return ['It declares no tables (permissions.tables), so nobody is told what he lacks before it runs.'];
  }
  const tables = Object.entries(undeclared).map(([table, letters]) => `${table} ${letters}`);
  return tables.length === 0 ? [] : [`Not declared in its permissions.tables: ${tables.join(', ')}.`];
}

function unseenLines({ insideFunctions, notLookedInto, isComplete }: RecordedRights): readonly string[] {
  const statements = notLookedInto.map(({ text, reason }) => {
    const line = text.replaceAll(/\s+/g, ' ').trim();
    const shown = line.length > STATEMENT_LENGTH_MAX ? `${line.slice(0, STATEMENT_LENGTH_MAX)}…` : line;
    return `  ${shown} (${reason})`;
  });
  return [
    ...(Object.keys(insideFunctions).length === 0
      ? []
      : [
          'A function or a trigger that runs with the rights of its owner (SECURITY DEFINER) needs none of the user.',
        ]),
    ...(isComplete ? [] : ['Its transaction failed, so what functions and triggers did was not seen.']),
    ...(statements.length === 0 ? [] : ['Statements that could not be looked into:', ...statements]),
  ];
}
