import { EmbeddedPostgresError } from '@nightshift/embedded-postgres';
import { classifyFailure } from '../database/index.ts';
import { ERROR_CODES, type ErrorCode } from '../foundation/index.ts';
import { withoutPasswords } from './printable-text.ts';

/** An error as the command line tells it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The input at fault, as programs name it; null when none is. */
  readonly field: string | null;
  /** What to do about it; null when the message says it. */
  readonly help: string | null;
}

/** The options by which a person gives the fields that errors name. */
const OPTION_OF_FIELD: Readonly<Record<string, string>> = {
  app: '--app',
  days: '--days',
  hours: '--hours',
  set: '--set',
  limit: '--limit',
  status: '--status',
  state: '--state',
  notBefore: '--not-before',
  concurrency: '--concurrency',
  environment: '--environment',
  name: '--name',
  drain: '--drain',
  data: '--data',
  url: '--url',
  apiKeyFile: '--api-key-file',
  yes: '--yes',
  object: '--object',
  parameterString: '--parameter',
  parameters: '--parameters',
  reportOutputType: '--report-output-type',
  outputType: '--output',
  save: '--save',
  read: '--read',
  everyone: '--everyone',
  description: '--description',
  earliestStart: '--earliest-start',
  expiration: '--expiration',
  startingTime: '--starting-time',
  endingTime: '--ending-time',
  minutesBetweenRuns: '--minutes',
  nextRunDateFormula: '--date-formula',
  intervalFrom: '--interval-from',
  timeZone: '--time-zone',
  maximumAttempts: '--maximum-attempts',
  rerunDelaySeconds: '--rerun-delay',
  timeout: '--timeout',
  record: '--record',
  recordFile: '--record-file',
  comment: '--comment',
  types: '--type',
  sessionId: '--session',
  uniqueId: '--unique',
  since: '--since',
  foreground: '--foreground',
  fullName: '--full-name',
  language: '--language',
  kind: '--kind',
  validUntil: '--valid-until',
  tables: '--tables',
  codeunits: '--codeunits',
  reports: '--reports',
  includes: '--includes',
  excludes: '--excludes',
  verbs: '--verb',
  from: '--from',
  to: '--to',
  before: '--before',
  user: '--user',
  company: '--company',
  'database.url': '--database-url',
  dataDirectory: '--data',
  tcpPort: '--port',
  'taskScheduler.maximumConcurrentRunningTasks': '--concurrency',
  'taskScheduler.drainMs': '--drain',
  'jobQueue.logRetentionDays': '--log-days',
  'reportInbox.retentionDays': '--document-days',
};

/** The option for a field, or null when the field is not given by one of its own. */
export function optionOfField(field: string): string | null {
  return OPTION_OF_FIELD[field] ?? null;
}

/** Whatever was thrown, as code, sentence, field and help; without passwords, and never with a stack. */
export function failureOf(thrown: unknown): Failure {
  const { code, message, field, help } = describe(thrown);
  return { code, message: withoutPasswords(message), field, help };
}

function describe(thrown: unknown): Failure {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof EmbeddedPostgresError) {
    return { code: thrown.code, message, field: thrown.field, help: logHelp(thrown) };
  }
  const { name, code, field } = (thrown ?? {}) as { name?: unknown; code?: unknown; field?: unknown };
  // By its name, since the application may have loaded another copy of this package.
  if (name === 'NightshiftError' && typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)) {
    const { help } = ERROR_CODES[code as ErrorCode];
    return { code, message, field: typeof field === 'string' ? field : null, help };
  }
  return describeForeign(thrown, message);
}

function describeForeign(thrown: unknown, message: string): Failure {
  const failure = classifyFailure(thrown);
  if (failure.kind === 'connection') return ours('DATABASE_UNAVAILABLE', message);
  if (failure.kind === 'busy') return ours('DATABASE_BUSY', message);
  if (failure.code !== null && /^[0-9A-Z]{5}$/.test(failure.code)) {
    return failure.code === '42501'
      ? ours('DATABASE_RIGHTS', message)
      : ours('DATABASE_ERROR', `${message} (SQLSTATE ${failure.code})`);
  }
  const help = 'Run it again with --verbose, and report what it prints.';
  return { code: 'INTERNAL', message, field: null, help };
}

function ours(code: ErrorCode, message: string): Failure {
  return { code, message, field: null, help: ERROR_CODES[code].help };
}

function logHelp(error: EmbeddedPostgresError): string | null {
  const { logTail } = error.details;
  return logTail === undefined || logTail.length === 0
    ? null
    : `PostgreSQL wrote:\n${logTail.map((line) => `  ${line}`).join('\n')}`;
}
