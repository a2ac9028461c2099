import type { Actor, Authority } from '../permissions/index.ts';
import type { CallerDoor, ServiceKey } from './caller.ts';

/** Who decides what callers may do. */
export const AUTHORITY: ServiceKey<Authority> = Object.freeze({ name: 'authority' });

/** The caller, as the authority and the audit log know him. */
export function actorOf(door: CallerDoor): Actor {
  return {
    user: door.user,
    company: door.company,
    sessionUniqueId: door.lineage.at(-1)?.uniqueId ?? null,
    correlationId: door.correlationId,
  };
}
