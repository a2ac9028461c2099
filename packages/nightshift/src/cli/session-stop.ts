import { isNightshiftError, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import {
  type Caller,
  goneSession,
  type ListedSession,
  type SessionEvent,
  type StopDeed,
} from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { askYesOrNo } from './question.ts';
import { findActive, type WantedSession, wantedSession } from './session-lookup.ts';
import {
  escalationText,
  eventDetails,
  eventView,
  isEnd,
  placeText,
  sessionText,
  stateText,
} from './session-view.ts';
import { zoneOrUtc } from './showing.ts';
import { StopWish } from './stop-wish.ts';
import { sessions } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** How `session stop` was called. */
export interface StopOptions {
  readonly comment?: string;
  readonly wait?: boolean;
  readonly yes?: boolean;
}

/** How often the end of a stopped session is looked for. */
const WAIT_MS = SECOND_MS / 4;

/** A session to stop or kill, and what is known of it. */
interface Target {
  readonly deed: StopDeed;
  readonly id: number;
  /** Null: it is not listed, because it is very young, or because there is none. */
  readonly active: ListedSession | null;
}

/** What the two commands say. */
const WORDS = {
  stop: {
    asked: 'Stopping a session',
    verb: 'Stop',
    none: 'Nothing was stopped.',
    done: 'was active, and was told to stop',
  },
  kill: {
    asked: 'Killing a session',
    verb: 'Kill',
    none: 'Nothing was killed.',
    done: 'was killed; nothing of it commits any more',
  },
} as const;

/** Stops a session of any server instance, after asking; with `wait` says how it ended. */
export function stopSessionCommand(
  invocation: Invocation,
  idOrUniqueId: string,
  options: StopOptions,
): Promise<ExitCode> {
  return endSession(invocation, 'stop', idOrUniqueId, options);
}

/** Kills a session of any server instance that was asked to stop, after asking; with `wait` says how it ended. */
export function killSessionCommand(
  invocation: Invocation,
  idOrUniqueId: string,
  options: Omit<StopOptions, 'comment'>,
): Promise<ExitCode> {
  return endSession(invocation, 'kill', idOrUniqueId, options);
}

async function endSession(
  invocation: Invocation,
  deed: StopDeed,
  idOrUniqueId: string,
  options: StopOptions,
): Promise<ExitCode> {
  const wanted = wantedSession(idOrUniqueId);
  return withCaller(invocation, {}, async (caller) => {
    const zone = zoneOrUtc(caller.timeZone);
    const target = targetOf(deed, wanted, await findActive(caller, wanted));
    if (target === null) return tellInactive(invocation, wanted);
    if (options.yes !== true && !(await mayEnd(invocation, target, zone))) {
      invocation.answer({ id: target.id, active: null, end: null }, () => WORDS[deed].none);
      return EXIT.failed;
    }
    const endOf = await endsToCome(caller, target);
    const wasActive = await carryOut(invocation, caller, target, options);
    if (!wasActive && deed === 'kill')
      throw await goneSession(target.id, (filter) => sessions.events(caller, filter));
    if (!wasActive) return tellInactive(invocation, wanted);
    if (options.wait !== true) {
      const name = target.active === null ? `Session ${target.id}` : sessionText(target.active);
      invocation.answer({ id: target.id, active: true, end: null }, () => `${name} ${WORDS[deed].done}.`);
      return EXIT.ok;
    }
    const done = deed === 'stop' ? 'was told to stop' : 'was killed';
    invocation.notice(`Session ${target.id} ${done}; waiting for its end …`);
    const end = await waitForEnd(invocation, endOf);
    if (end === null) {
      invocation.answer(
        { id: target.id, active: true, end: null },
        () => `Session ${target.id} ${done}; nobody waits for its end any more.`,
      );
      return EXIT.failed;
    }
    invocation.answer({ id: target.id, active: true, end: eventView(end) }, () => endText(end, zone));
    return EXIT.ok;
  });
}

function targetOf(deed: StopDeed, wanted: WantedSession, active: ListedSession | null): Target | null {
  if (active !== null) return { deed, id: active.id, active };
  // A number may be that of a session which is too young to be listed; nobody but a list knows unique ids.
  return 'id' in wanted ? { deed, id: wanted.id, active: null } : null;
}

/** @throws NightshiftError VALIDATION when nobody can be asked */
async function mayEnd(
  { surroundings }: Invocation,
  { deed, id, active }: Target,
  zone: string,
): Promise<boolean> {
  const { asked, verb } = WORDS[deed];
  if (!surroundings.input.interactive) {
    throw new NightshiftError(
      'VALIDATION',
      `${asked} is asked about, and there is nobody to answer: confirm with --yes.`,
      { field: 'yes' },
    );
  }
  const question =
    active === null
      ? `Session ${id} is not listed as active. ${verb} it if it is?`
      : `${verb} ${sessionText(active)}, ${stateText(active, zone)}? Nothing that it has not committed is kept.`;
  return askYesOrNo(surroundings, question, false);
}

/** @throws NightshiftError INSTANCE_UNRESPONSIVE with the process, unless the end is waited for anyway */
async function carryOut(
  invocation: Invocation,
  caller: Caller,
  { deed, id, active }: Target,
  { comment, wait }: StopOptions,
): Promise<boolean> {
  try {
    return deed === 'stop' ? await sessions.stop(caller, id, comment) : await sessions.kill(caller, id);
  } catch (error) {
    if (!isNightshiftError(error, 'INSTANCE_UNRESPONSIVE')) throw error;
    const where = active === null ? '' : ` Its process is ${placeText(active)}.`;
    const message = `${error.message}${where}`;
    if (wait !== true) throw new NightshiftError('INSTANCE_UNRESPONSIVE', message, { cause: error });
    invocation.notice(message);
    return true;
  }
}

function tellInactive(invocation: Invocation, wanted: WantedSession): ExitCode {
  const [id, name] = 'id' in wanted ? [wanted.id, wanted.id] : [null, wanted.uniqueId];
  invocation.answer({ id, active: false, end: null }, () => `Session ${name} is not active.`);
  return EXIT.notFound;
}

/**
 * What finds the end of a session that is about to be stopped; null while there is none. Without its unique id it is
 * known by its number, which others had before it.
 */
async function endsToCome(
  caller: Caller,
  { id, active }: Target,
): Promise<() => Promise<SessionEvent | null>> {
  const read = () =>
    sessions.events(caller, { sessionId: id, ...(active === null ? {} : { uniqueId: active.uniqueId }) });
  const others = new Set(active === null ? (await read()).map(({ eventId }) => eventId) : []);
  return async () => (await read()).findLast((event) => isEnd(event) && !others.has(event.eventId)) ?? null;
}

/** Waits for the event that tells of the session's end; null when somebody did not want to wait any longer. */
async function waitForEnd(
  { surroundings }: Invocation,
  endOf: () => Promise<SessionEvent | null>,
): Promise<SessionEvent | null> {
  const wish = new StopWish(surroundings);
  const over = new AbortController();
  void wish.first.then(() => over.abort());
  try {
    while (!over.signal.aborted) {
      const end = await endOf();
      if (end !== null) return end;
      await surroundings.clock.sleep(WAIT_MS, over.signal);
    }
    return null;
  } finally {
    wish.end();
  }
}

/** How it ended, and how long that took. */
function endText(end: SessionEvent, zone: string): string {
  const escalation = escalationText(end, end.at, zone);
  const lingers = end.type === 'Killed' ? ['Its code may still run; nothing of it can commit any more.'] : [];
  return [
    `Session ${end.id} (${end.codeunit}) has ended: ${end.type}.`,
    ...(escalation === null ? [] : [`${escalation.slice(0, 1).toUpperCase()}${escalation.slice(1)}.`]),
    ...lingers,
    ...eventDetails(end, zone, false),
  ].join('\n');
}
