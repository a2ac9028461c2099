import { readApplicationMigrations } from '../administration/index.ts';
import { type Database, executorOver } from '../database/index.ts';
import { type Clock, uuidV7 } from '../foundation/index.ts';
import { hasName, type LiveDirectory, type RoleNames } from '../permissions/index.ts';
import {
  type CallerDoor,
  doorOf,
  type RunningSession,
  runSession,
  type Session,
  type SessionHost,
} from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { type ItemsApart, partitionMigration, type WorkItemService } from '../work-items/index.ts';
import type { Application } from './application.ts';
import { applyOnce } from './application-migrations.ts';
import { ITEM_SESSIONS_MAX } from './item-sessions.ts';
import { completed } from './open-session.ts';
import { Places } from './places.ts';
import type { ServerInstance } from './server-instance.ts';

/** How often a partition that could not be made is tried again; until then its rows go to the one for all others. */
const TRIES_MAX = 3;
const RIGHTS = ['R', 'I', 'M', 'D'] as const;

/** What the work items of a platform are made of. */
interface WorkItemParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly application: Application;
  readonly instance: ServerInstance;
  readonly directory: LiveDirectory;
  readonly names: RoleNames;
}

/** What the verbs about work items work with. */
export function workItemServiceOf(parts: WorkItemParts): WorkItemService {
  const { clock, telemetry, application, instance } = parts;
  return {
    clock,
    telemetry,
    application: application.name,
    declared: application.workItems ?? [],
    epoch: () => instance.epoch,
    apart: apartOf(parts),
  };
}

function apartOf(parts: WorkItemParts): ItemsApart {
  const { database, instance, directory } = parts;
  const places = new Places(ITEM_SESSIONS_MAX);
  return {
    executor: database,
    patient: {
      run: (target, values) => database.exclusively((client) => executorOver(client).run(target, values)),
    },
    session: (session, name, work) => places.take(() => openBeside(instance, session, name, work)),
    prepare: partitionsOf(parts),
    userNo: async (name) => (await directory.fresh()).user(name).no,
    async tableRights({ user, company }, table) {
      const { tables } = (await directory.fresh()).rightsOf(user.no, company.no);
      return RIGHTS.filter((right) => hasName(tables[right], table)).join('');
    },
  };
}

/** A background session as the one that it is opened from, with what that was lent when it began. */
async function openBeside<T>(
  instance: ServerInstance,
  session: Session,
  name: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { host } = instance;
  const { user, company, lineage, correlationId } = doorOf(session);
  const { spec } = session as RunningSession;
  const uniqueId = uuidV7(host.clock.now());
  const beside = {
    ...{ user, company, lineage, uniqueId, correlationId: correlationId ?? uniqueId },
    ...({ clientType: 'background', origin: 'open', isolation: 'main' } as const),
    ...{ readOnly: false, language: session.language, timeZone: session.timeZone },
    ...{ idempotencyKey: uniqueId, attempt: 0, timeoutMs: spec.timeoutMs, lentNo: spec.lentNo ?? null },
    ...{ fence: null, claim: null, lastError: null, userInterface: null },
  };
  return completed(await runSession(host, beside, name, (own) => stoppedWith(host, session, own, work)));
}

/** What works for a session is stopped with it. */
async function stoppedWith<T>(
  host: SessionHost,
  session: Session,
  own: Session,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const stop = () => void host.active.stop(own.id, 'stopped', 'the session that it works for was stopped');
  session.signal.addEventListener('abort', stop, { once: true });
  if (session.signal.aborted) stop();
  try {
    return await work(own);
  } finally {
    session.signal.removeEventListener('abort', stop);
  }
}

/** Makes partitions when they are first needed: of this month, and ahead of time of the next. */
function partitionsOf(parts: WorkItemParts): ItemsApart['prepare'] {
  const { database, clock, application, names } = parts;
  const tries = new Map<string, number>();
  const make = async ({ company }: CallerDoor, items: string, at: Date) => {
    const migration = partitionMigration(items, at.getUTCFullYear(), at.getUTCMonth());
    const place = `${company.no} ${migration.name}`;
    const tried = tries.get(place) ?? 0;
    if (tried >= TRIES_MAX) return;
    tries.set(place, tried + 1);
    const key = [company.no, application.name, migration.name];
    const [known] = await database.run(readApplicationMigrations, key);
    const step = { owner: names.app, company, application: application.name, migration };
    if (known === undefined) await database.exclusively((client) => applyOnce(client, names, step));
    tries.set(place, TRIES_MAX);
  };
  return async (door, items) => {
    if (!(application.workItems ?? []).some(({ name }) => name === items)) return;
    const now = clock.now();
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
    for (const at of [now, next]) await make(door, items, at).catch(() => undefined);
  };
}
