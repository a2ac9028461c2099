import { NightshiftError } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  askedPromise,
  type Caller,
  type CodeunitRegistry,
  type IsolateService,
  isSessionActive,
  killSession,
  type Outside,
  type SessionService,
  type StartedSession,
  type StartRequest,
  startSession,
  stopSession,
} from '../session/index.ts';

/** Under which name isolates find it. */
export const SESSION_SERVICE = 'sessions';

/** Sessions that are started and stopped from inside an isolate: the half inside. */
export function sessionServiceInside(outside: Outside): SessionService {
  // Asked when somebody begins to wait: the outside decides then whether he may.
  const wait = <T>(what: 'started' | 'finished', uniqueId: string) =>
    askedPromise(async () => (await outside.call(SESSION_SERVICE, what, [uniqueId])) as T);
  return {
    async start(_caller, request) {
      const accepted = await outside.call(SESSION_SERVICE, 'start', [request]);
      const { id, uniqueId } = accepted as Pick<StartedSession, 'id' | 'uniqueId'>;
      return { id, uniqueId, started: wait('started', uniqueId), finished: wait('finished', uniqueId) };
    },
    stop: async (_caller, id, comment) =>
      (await outside.call(SESSION_SERVICE, 'stop', [id, comment])) as boolean,
    kill: async (_caller, id) => (await outside.call(SESSION_SERVICE, 'kill', [id])) as boolean,
    isActive: async (_caller, id) => (await outside.call(SESSION_SERVICE, 'isActive', [id])) as boolean,
  };
}

/** The half outside: the verbs themselves, which check what they are given. */
export function sessionServiceOutside(codeunits: () => CodeunitRegistry): IsolateService {
  const accepted = new WeakMap<Caller, Map<unknown, StartedSession>>();
  const start = async (caller: Caller, request: StartRequest) => {
    const { codeunit, record, company, timeoutMs, afterCommit, readOnly } = request;
    const started = await startSession(caller, codeunits().get(String(codeunit)) as AnyCodeunit, {
      record,
      afterCommit,
      readOnly,
      ...(company === null ? {} : { company }),
      ...(timeoutMs === null ? {} : { timeout: timeoutMs }),
    });
    const known = accepted.get(caller) ?? new Map<unknown, StartedSession>();
    accepted.set(caller, known.set(started.uniqueId, started));
    return { id: started.id, uniqueId: started.uniqueId };
  };
  return (caller, method, [first, second]) => {
    switch (method) {
      case 'start':
        return start(caller, first as StartRequest);
      case 'started':
        return accepted.get(caller)?.get(first)?.started;
      case 'finished':
        return accepted.get(caller)?.get(first)?.finished;
      case 'stop':
        return stopSession(caller, first as number, second as string);
      case 'kill':
        return killSession(caller, first as number);
      case 'isActive':
        return isSessionActive(caller, first as number);
      default:
        throw new NightshiftError('PERMISSION_DENIED', `Isolates may not call ${SESSION_SERVICE}.${method}.`);
    }
  };
}
