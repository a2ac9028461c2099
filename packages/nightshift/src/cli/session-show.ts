import type { ListedSession, SessionEvent } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { type FoundSession, findSession, wantedSession } from './session-lookup.ts';
import {
  between,
  escalationText,
  eventDetails,
  eventView,
  indented,
  isEnd,
  placeText,
  stateText,
} from './session-view.ts';
import { instantText, listOf, NOTHING, wallClockText, zoneOrUtc } from './showing.ts';
import { withCaller } from './with-caller.ts';

/** Shows one session: what it is, where it stands, how it was stopped, and all its events. */
export async function showSession(invocation: Invocation, idOrUniqueId: string): Promise<ExitCode> {
  const wanted = wantedSession(idOrUniqueId);
  await withCaller(invocation, {}, async (caller) => {
    const found = await findSession(caller, wanted);
    const zone = zoneOrUtc(caller.timeZone);
    const { verbose } = invocation.settings;
    const view = { active: found.active, events: found.events.map(eventView) };
    invocation.answer(view, () => foundText(found, zone, verbose));
  });
  return EXIT.ok;
}

function foundText({ active, events }: FoundSession, zone: string, verbose: boolean): string {
  const latest = active ?? events.at(-1);
  if (latest === undefined) return NOTHING;
  // The list was read first, so an end that is known by now is the truth; but one that was killed may linger.
  const ends = events.filter((event) => isEnd(event) && event.id === latest.id);
  const end = active?.state === 'Lingering' ? null : (ends.at(-1) ?? null);
  const escalation = escalationText(ends.at(-1) ?? latest, end?.at ?? null, zone);
  const pairs = listOf([
    ['Session', latest.id],
    ['Unique id', latest.uniqueId],
    ['Codeunit', latest.codeunit],
    ['State', whereItStands(active, ends, zone)],
    ['User', latest.user],
    ['Company', latest.company],
    ['Client type', latest.clientType],
    ['Begun by', latest.origin],
    ['Runs in', latest.isolation],
    ['Instance', placeText(latest)],
    ['Started', instantText(latest.startedAt, zone)],
    ['Stop', escalation],
    ['Ended', end === null ? null : endedText(end, zone)],
    ['Started by session', latest.parentUniqueId],
    ['Correlation id', latest.correlationId],
  ]);
  // Why it stops is in its event once it has ended.
  const why = ends.length === 0 && active?.comment ? [indented(`Comment: ${active.comment}`)] : [];
  return [pairs, ...why, '', ...eventsText(events, zone, verbose)].join('\n');
}

/** One that was killed has two ends; the first one says how, the second one that its code is over too. */
function whereItStands(active: ListedSession | null, ends: readonly SessionEvent[], zone: string): string {
  const [how] = ends;
  if (active !== null && (how === undefined || active.state === 'Lingering')) return stateText(active, zone);
  return how === undefined ? 'It is not active, and no event tells of its end' : `Ended (${how.type})`;
}

function endedText({ at, startedAt }: SessionEvent, zone: string): string {
  return `${instantText(at, zone)}, after ${between(startedAt, at)}`;
}

function eventsText(events: readonly SessionEvent[], zone: string, verbose: boolean): readonly string[] {
  if (events.length === 0) return ['No events yet.'];
  const several = new Set(events.map(({ id }) => id)).size > 1;
  return [
    `Events (${zone}):`,
    ...events.flatMap((event) => [
      `${wallClockText(event.at, zone, 'millisecond')}  ${event.type}${several ? `  session ${event.id}` : ''}`,
      ...eventDetails(event, zone, verbose),
    ]),
  ];
}
