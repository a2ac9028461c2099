import type {
  StartedSession,
  SessionEvent as WireEvent,
  Session as WireSession,
} from '@nightshift/client/api';
import { given, isNightshiftError } from '../../foundation/index.ts';
import type { EnvironmentVerbs, sessions } from '../../platform/index.ts';
import type { Caller, killSession, ListedSession, SessionEvent, stopSession } from '../../session/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf, errorOf, firstOf, pageSize } from './wire.ts';

type Sessions = typeof sessions & { readonly stop: typeof stopSession; readonly kill: typeof killSession };

/** What is started by a server, and how. */
export interface RemoteStart {
  readonly codeunit: string;
  readonly record?: unknown;
  readonly timeoutMs?: number;
}

/** Starts a session by a server, in the company of the caller. */
export function startByServer(caller: Caller, start: RemoteStart): Promise<StartedSession> {
  const { server, params } = at(caller);
  return server.call('sessions.start', { params, body: { ...start } });
}
const EVENTS_DEFAULT = 100;

function identityOf<Wire extends WireSession | WireEvent>(wire: Wire) {
  return {
    ...wire,
    origin: wire.origin as ListedSession['origin'],
    startedAt: dateOf(wire.startedAt),
    stoppingAt: dateOf(wire.stoppingAt),
    killedAt: dateOf(wire.killedAt),
  };
}

function eventOf(wire: WireEvent): SessionEvent {
  const { progress } = wire;
  return {
    ...identityOf(wire),
    at: dateOf(wire.at),
    error: errorOf(wire.error),
    lines: wire.lines as SessionEvent['lines'],
    progress: progress === null ? null : progressOf(progress),
  };
}

/** Runs that do not work on items say nothing of how those went. */
function progressOf({ counts, ...progress }: NonNullable<WireEvent['progress']>): SessionEvent['progress'] {
  return counts === null ? progress : { ...progress, counts };
}

/** Where a list goes on behind an event that was the last one of a page. */
const PLACES = new WeakMap<object, string>();

/** The verbs about sessions, carried out by a server: of the company of the caller. */
export const sessionsByServer: Sessions = {
  async list(caller, { user } = {}) {
    const { server, params } = at(caller);
    const query = { limit: pageSize(), ...given({ user }) };
    return (await firstOf(server.all('sessions.list', { params, query }))).map(
      (wire): ListedSession => identityOf(wire),
    );
  },
  async events(caller, filter = {}) {
    const { server, params } = at(caller);
    const {
      types,
      clientTypes,
      since,
      before,
      limit = EVENTS_DEFAULT,
      sessionId,
      uniqueId,
      codeunit,
      user,
    } = filter;
    const wanted = given({
      sessionId,
      uniqueId,
      codeunit,
      user,
      type: types?.join(','),
      clientType: clientTypes?.join(','),
      since: since?.toISOString(),
    });
    const found: SessionEvent[] = [];
    let after = before === undefined ? undefined : PLACES.get(before);
    for (;;) {
      const size = pageSize(limit - found.length);
      const query = { ...wanted, limit: size, ...given({ after }) };
      const { items, page } = await server.call('sessionEvents.list', { params, query });
      found.push(...items.map(eventOf));
      const last = found.at(-1);
      if (last !== undefined && page.next !== null) PLACES.set(last, page.next);
      if (page.next === null || found.length >= limit) return found;
      after = page.next;
    }
  },
  async stop(caller, sessionId, comment = '') {
    const { server, params } = at(caller);
    try {
      await server.call('sessions.stop', { params: { ...params, sessionId }, body: { comment } });
      return true;
    } catch (error) {
      if (isNightshiftError(error, 'SESSION_UNKNOWN')) return false;
      throw error;
    }
  },
  async kill(caller, sessionId) {
    const { server, params } = at(caller);
    try {
      await server.call('sessions.kill', { params: { ...params, sessionId } });
      return true;
    } catch (error) {
      if (isNightshiftError(error, 'SESSION_UNKNOWN')) return false;
      throw error;
    }
  },
};

/** The verbs about the environment, carried out by a server. */
export const environmentByServer: Pick<EnvironmentVerbs, 'show' | 'release'> = {
  show: (caller) => at(caller).server.call('environment.get'),
  release: (caller, options = {}) => at(caller).server.call('environment.release', { body: { ...options } }),
};
