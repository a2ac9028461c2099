import type { JobQueueEntry, JobQueueEntryInput } from '../job-queue/index.ts';
import { readDirectory } from '../permissions/index.ts';
import { jobQueue } from '../platform/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { statusSentence } from './entry-commands.ts';
import { entryView } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseDays, parseDuration, parseInstant, parseSeconds, parseWholeNumber } from './parsing.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** How `entry create` was called: all fields of `jobQueue.create`, as text. */
export interface CreateOptions {
  readonly object: string;
  readonly parameter?: string;
  readonly description?: string;
  readonly earliestStart?: string;
  readonly expiration?: string;
  readonly days?: string;
  readonly startingTime?: string;
  readonly endingTime?: string;
  readonly minutes?: string;
  readonly dateFormula?: string;
  readonly intervalFrom?: string;
  readonly timeZone?: string;
  readonly maximumAttempts?: string;
  readonly rerunDelay?: string;
  readonly timeout?: string;
  readonly ready?: boolean;
}

/** Creates an entry, On Hold, or with `--ready` at once Ready. */
export async function createEntry(invocation: Invocation, options: CreateOptions): Promise<ExitCode> {
  const loaded = await requiredApplication(invocation);
  await withPlatform(invocation, loaded, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const input = entryInputOf(options, caller.timeZone);
    const entry = await (options.ready === true
      ? createReady(caller, input)
      : jobQueue.create(caller, input));
    const directory = await readDirectory(platform.database);
    invocation.answer(entryView(entry, directory), () => `${statusSentence(entry)}\n${entry.id}`);
  });
  return EXIT.ok;
}

/** In one transaction: an entry that cannot be set Ready is not left behind. */
function createReady(caller: Caller, input: JobQueueEntryInput): Promise<JobQueueEntry> {
  return doorOf(caller).transaction(async (_tx, inside) => {
    const { id } = await jobQueue.create(inside, input);
    return jobQueue.setStatusToReady(inside, id);
  });
}

/**
 * The fields of an entry from the texts of the options. Times without an offset are those of `--time-zone`, else of the
 * user; whatever else is wrong with a value the job queue says itself.
 * @throws NightshiftError VALIDATION
 */
export function entryInputOf(options: CreateOptions, userZone: string): JobQueueEntryInput {
  const zone = options.timeZone ?? userZone;
  const given = <Name extends string, Value>(
    name: Name,
    text: string | undefined,
    parse: (text: string) => Value,
  ) => (text === undefined ? {} : ({ [name]: parse(text) } as Record<Name, Value>));
  const asIs = (text: string) => text;
  return {
    object: options.object,
    ...given('parameterString', options.parameter, asIs),
    ...given('description', options.description, asIs),
    ...given('earliestStart', options.earliestStart, (text) => parseInstant(text, 'earliestStart', zone)),
    ...given('expiration', options.expiration, (text) => parseInstant(text, 'expiration', zone)),
    ...(options.days === undefined ? {} : parseDays(options.days)),
    ...given('startingTime', options.startingTime, asIs),
    ...given('endingTime', options.endingTime, asIs),
    ...given('minutesBetweenRuns', options.minutes, (text) => parseWholeNumber(text, 'minutesBetweenRuns')),
    ...given('nextRunDateFormula', options.dateFormula, asIs),
    // The job queue refuses other words, and says which there are.
    ...given('intervalFrom', options.intervalFrom, (text) => text as 'starting-time'),
    ...given('timeZone', options.timeZone, asIs),
    ...given('maximumAttempts', options.maximumAttempts, (text) => parseWholeNumber(text, 'maximumAttempts')),
    ...given('rerunDelaySeconds', options.rerunDelay, (text) => parseSeconds(text, 'rerunDelaySeconds')),
    ...given('timeout', options.timeout, (text) => parseDuration(text, 'timeout')),
  };
}
