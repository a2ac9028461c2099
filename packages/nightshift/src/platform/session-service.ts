import type { Database } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { isListed, type SessionService, stopElsewhere } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ServerInstance } from './server-instance.ts';

/** What sessions are started and stopped with. */
export interface SessionServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly instance: ServerInstance;
}

/** Starts sessions on this server instance, and stops those of any. */
export function sessionServiceOf(parts: SessionServiceParts): SessionService {
  const { database, clock, telemetry, instance } = parts;
  return {
    async start(caller, request) {
      return instance.background.start(caller, request);
    },
    async stop(caller, id, comment) {
      const { active } = instance;
      const wanted = { id, comment, userNo: caller.user.no };
      const done =
        active?.owns(id) === true
          ? active.stop(id, 'stopped', comment)
          : await stopElsewhere(database, clock, wanted);
      telemetry.emit('RT0029', {
        sessionId: id,
        stoppingSessionId: caller.lineage.at(-1)?.id ?? null,
        user: caller.user.name,
        comment,
        result: done,
      });
      return done;
    },
    async isActive(id) {
      const { active } = instance;
      return active?.owns(id) === true ? active.get(id) !== undefined : isListed(database, id);
    },
  };
}
