import { NightshiftError } from '../foundation/index.ts';
import type { Caller, ClientType, SessionEvent, SessionEventFilter } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { keepLooking } from './keep-looking.ts';
import { parseDuration, parseInstant, parseRange, parseWholeNumber } from './parsing.ts';
import { oneLine, safeJson } from './printable-text.ts';
import { EventFollower, type FollowedFilter } from './session-follow.ts';
import { namedFilter } from './session-list.ts';
import { between, eventView, isEnd } from './session-view.ts';
import { NOTHING, wallClockText, zoneOrUtc } from './showing.ts';
import { sessions } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** How `session events` was called. */
export interface EventsOptions {
  readonly type?: string;
  readonly session?: string;
  readonly unique?: string;
  readonly codeunit?: string;
  readonly background?: boolean;
  readonly foreground?: boolean;
  readonly since?: string;
  readonly limit?: string;
  readonly follow?: boolean;
}

const EVENTS_DEFAULT = 100;
const EVENTS_MAX = 1_000;
const BACKGROUND: readonly ClientType[] = ['background', 'child'];
const FOREGROUND: readonly ClientType[] = ['web', 'api', 'management'];

/** Lists the events of sessions, newest last, as a log reads; with `follow` goes on until Ctrl-C. */
export async function listSessionEvents(invocation: Invocation, options: EventsOptions): Promise<ExitCode> {
  const limit =
    options.limit === undefined
      ? EVENTS_DEFAULT
      : parseRange(options.limit, 'limit', { minimum: 1, maximum: EVENTS_MAX });
  await withCaller(invocation, {}, async (caller) => {
    const zone = zoneOrUtc(caller.timeZone);
    const now = invocation.surroundings.clock.now();
    const filter = {
      ...eventFilterOf(options, { now, zone }),
      ...namedFilter(invocation.settings),
    };
    if (options.follow === true) return follow(invocation, caller, { ...filter, limit });
    const events = (await sessions.events(caller, { ...filter, limit })).toReversed();
    invocation.answer(events.map(eventView), () =>
      events.length === 0
        ? 'There are no such session events.'
        : [headingOf(zone), ...events.map((event) => eventLine(event, zone))].join('\n'),
    );
  });
  return EXIT.ok;
}

/**
 * The filter that the options ask for.
 * @throws NightshiftError VALIDATION; what is wrong with an id or a type the reading of events says itself
 */
export function eventFilterOf(
  options: EventsOptions,
  { now, zone }: { readonly now: Date; readonly zone: string },
): FollowedFilter {
  const { type, session, unique, codeunit, background = false, foreground = false, since } = options;
  if (background && foreground) {
    throw new NightshiftError('VALIDATION', 'Give either --background or --foreground.', {
      field: 'foreground',
    });
  }
  return {
    ...(type === undefined ? {} : { types: type.split(',').map(typeOf) }),
    ...(session === undefined ? {} : { sessionId: parseWholeNumber(session, 'sessionId') }),
    ...(unique === undefined ? {} : { uniqueId: unique.trim().toLowerCase() }),
    ...(codeunit === undefined ? {} : { codeunit }),
    ...(background ? { clientTypes: BACKGROUND } : {}),
    ...(foreground ? { clientTypes: FOREGROUND } : {}),
    ...(since === undefined ? {} : { since: sinceOf(since, now, zone) }),
  };
}

/** The type that a person means, whatever the case; the reading of events refuses what is none. */
function typeOf(text: string): SessionEvent['type'] {
  const word = text.trim().toLowerCase();
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}` as SessionEvent['type'];
}

/** An instant, or a length of time before now. */
function sinceOf(text: string, now: Date, zone: string): Date {
  if (/^\s*\d{4}-/.test(text)) return parseInstant(text, 'since', zone);
  const since = new Date(now.getTime() - parseDuration(text, 'since'));
  if (Number.isFinite(since.getTime())) return since;
  throw new NightshiftError('VALIDATION', `"${text}" is too long.`, { field: 'since' });
}

/** Tells what there is, then each new event, until Ctrl-C. A database that goes away and comes back is waited for. */
async function follow(
  invocation: Invocation,
  caller: Caller,
  { limit, ...filter }: SessionEventFilter & { limit: number },
) {
  const { clock } = invocation.surroundings;
  const read = (wanted: SessionEventFilter) => sessions.events(caller, wanted);
  const follower = new EventFollower({ read, filter, clock });
  const print = printerOf(invocation, zoneOrUtc(caller.timeZone));
  await keepLooking(invocation, {
    begin: async () => print(await follower.begin(limit)),
    look: async () => {
      print(await follower.next());
      return false;
    },
  });
}

/** Prints events as they come: one a line, with `--json` as objects. */
function printerOf({ settings, surroundings }: Invocation, zone: string) {
  const { output } = surroundings;
  if (!settings.json) output.out(headingOf(zone));
  return (events: readonly SessionEvent[]) => {
    for (const event of events) {
      output.out(settings.json ? safeJson(eventView(event), 0) : eventLine(event, zone));
    }
  };
}

const TIME_WIDTH = 23;
const TYPE_WIDTH = 7;
const ID_WIDTH = 10;

function headingOf(zone: string): string {
  return lineOf(`Time (${zone})`, 'Type', 'Session', ['Codeunit']);
}

/** One event on one line, however many its texts have. */
function eventLine(event: SessionEvent, zone: string): string {
  const { at, type, id, codeunit, company, user, clientType, startedAt, comment } = event;
  const time = wallClockText(at, zone, 'millisecond');
  const who = `${company ?? NOTHING}/${user ?? NOTHING} ${clientType}`;
  const took = isEnd(event) ? [`after ${between(startedAt, at)}`] : [];
  return lineOf(time, type, String(id), [codeunit, who, ...took, ...(comment === null ? [] : [comment])]);
}

function lineOf(time: string, type: string, id: string, more: readonly string[]): string {
  const words = [time.padEnd(TIME_WIDTH), type.padEnd(TYPE_WIDTH), id.padEnd(ID_WIDTH), ...more];
  return oneLine(words.join('  '));
}
