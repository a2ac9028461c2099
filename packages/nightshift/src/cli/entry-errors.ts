import type { JobQueueErrorMessage } from '../job-queue/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { instantText, tableOf } from './showing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** Lists the errors that a run has reported. */
export async function listErrors(invocation: Invocation, logNo: string): Promise<ExitCode> {
  const no = parseRange(logNo, 'log', { minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
  await withCaller(invocation, {}, async (caller) => {
    const messages = await jobQueue.errorMessages(caller, no);
    invocation.answer(messages, () =>
      messages.length === 0
        ? `The run of log entry ${no} has reported no errors.`
        : errorsTable(messages, caller.timeZone),
    );
  });
  return EXIT.ok;
}

function errorsTable(messages: readonly JobQueueErrorMessage[], timeZone: string): string {
  return tableOf(
    ['No', 'Error', 'Code', 'Record', 'Field', 'Codeunit', 'At', 'Details'],
    messages.map(({ no, text, code, context, field, codeunit, at, details }) => [
      no,
      text,
      code,
      recordText(context),
      field,
      codeunit,
      instantText(at, timeZone),
      details === null ? null : JSON.stringify(details),
    ]),
  );
}

/** A row by its table and key: `order 7`, `line order=7 no=1`. */
function recordText(context: JobQueueErrorMessage['context']): string | null {
  if (context === null) return null;
  const { table, key } = context;
  if (key === null) return table;
  if (typeof key !== 'object') return `${table} ${key}`;
  const parts = Object.entries(key).map(([column, value]) =>
    typeof value === 'string' ? `${column}=${value}` : `${column}=${JSON.stringify(value)}`,
  );
  return [table, ...parts].join(' ');
}
