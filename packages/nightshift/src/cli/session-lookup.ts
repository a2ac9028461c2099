import { isUuid, NightshiftError } from '../foundation/index.ts';
import type { Caller, ListedSession, SessionEvent } from '../session/index.ts';
import { sessions } from './verbs.ts';

const ID_MAX = 2 ** 31 - 1;
const EVENTS_MAX = 1_000;

/** The session that a person names. */
export type WantedSession = { readonly id: number } | { readonly uniqueId: string };

/** What is known of a session. */
export interface FoundSession {
  /** Null when it does not run. */
  readonly active: ListedSession | null;
  /** Oldest first; of a task that was tried several times, by its unique id, those of all tries. */
  readonly events: readonly SessionEvent[];
}

/** Reads a number or a unique id. @throws NightshiftError VALIDATION */
export function wantedSession(text: string, field = 'id'): WantedSession {
  const wanted = text.trim();
  if (isUuid(wanted)) return { uniqueId: wanted.toLowerCase() };
  if (/^\d{1,10}$/.test(wanted) && Number(wanted) <= ID_MAX) return { id: Number(wanted) };
  throw new NightshiftError('VALIDATION', `"${text}" is neither the number nor the unique id of a session.`, {
    field,
  });
}

/** The session among those that are listed as active; null when it is not. */
export async function findActive(caller: Caller, wanted: WantedSession): Promise<ListedSession | null> {
  const listed = await sessions.list(caller);
  return (
    listed.find((session) =>
      'id' in wanted ? session.id === wanted.id : session.uniqueId === wanted.uniqueId,
    ) ?? null
  );
}

/**
 * All that is known of a session. Numbers are used again: meant is the session that has the number now, else the last
 * one that had it.
 * @throws NightshiftError SESSION_UNKNOWN
 */
export async function findSession(caller: Caller, wanted: WantedSession): Promise<FoundSession> {
  const active = await findActive(caller, wanted);
  const filter = 'id' in wanted ? await filterOfId(caller, wanted.id, active) : wanted;
  const events =
    filter === null ? [] : (await sessions.events(caller, { ...filter, limit: EVENTS_MAX })).toReversed();
  if (active !== null || events.length > 0) return { active, events };
  throw new NightshiftError(
    'SESSION_UNKNOWN',
    `There is no session ${'id' in wanted ? wanted.id : wanted.uniqueId}, and no event of one.`,
    { field: 'id' },
  );
}

async function filterOfId(caller: Caller, id: number, active: ListedSession | null) {
  if (active !== null) return { sessionId: id, uniqueId: active.uniqueId };
  const [newest] = await sessions.events(caller, { sessionId: id, limit: 1 });
  return newest === undefined ? null : { sessionId: id, uniqueId: newest.uniqueId };
}
