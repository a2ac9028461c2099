import type { Executor } from '../database/index.ts';
import type { CallerDoor, ServiceRegistry } from '../session/index.ts';
import { TASK_SCHEDULER } from '../task-scheduler/index.ts';
import { entryTaskCancelled } from './job-queue.sql.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** An entry that waited in its category and was given a place, as PostgreSQL returns it. */
export interface PlacesGiven {
  readonly activated: string;
  readonly category: string;
}

/** Tells of entries that were given a place, and has their tasks looked for. Call it after the commit. */
export function tellPlacesGiven(
  services: Pick<ServiceRegistry, 'get'>,
  companyNo: number,
  given: readonly PlacesGiven[],
): void {
  if (given.length === 0) return;
  const { telemetry } = services.get(JOB_QUEUE);
  for (const { activated, category } of given) telemetry.emit('AL0000P9G', { entryId: activated, category });
  // Their tasks have been due since they began to wait.
  services.get(TASK_SCHEDULER).wake(companyNo, true);
}

/** The same once the caller's transaction has committed. */
export function tellAfterCommit(door: CallerDoor, given: readonly PlacesGiven[]): void {
  if (given.length === 0) return;
  const services: Pick<ServiceRegistry, 'get'> = { get: (key) => door.service(key) };
  door.afterCommit(() => tellPlacesGiven(services, door.company.no, given));
}

/** The task of an entry was removed before it ran: the entry is On Hold, and its place goes to the next. */
export async function taskCancelled(tx: Executor, door: CallerDoor, taskId: string): Promise<void> {
  const { user, company } = door;
  tellAfterCommit(door, await tx.run<PlacesGiven>(entryTaskCancelled, [user.no, company.no, taskId]));
}
