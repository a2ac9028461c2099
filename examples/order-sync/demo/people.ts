// People as a company has them: an administrator, a clerk who runs the sync and decides, and a trainee who lacks a right.
import {
  type Identity,
  type JobQueueEntry,
  jobQueue,
  NightshiftError,
  type Platform,
  permissionSets,
  users,
} from 'nightshift';
import { syncShop } from '../src/sync-shop.ts';

const COMPANY = 'CRONUS';
/** May everything; gives the others their rights, and does none of their work. */
export const ADMINISTRATOR: Identity = { user: 'ADMIN', company: COMPANY };
/** Sets the entries Ready; so they run as her, with her rights. */
export const CLERK: Identity = { user: 'CLARA', company: COMPANY };
/** May read the tables, and write none. */
export const TRAINEE: Identity = { user: 'TOM', company: COMPANY };

/** The shop itself, whose webhooks stage orders; it may nothing else. */
export const SHOP: Identity = { user: 'SHOP', company: COMPANY };

/** Makes the clerk, the shop and the trainee, with their permission sets. */
export async function hirePeople(platform: Platform): Promise<void> {
  const admin = platform.as(ADMINISTRATOR);
  const people = [
    { name: CLERK.user, fullName: 'Clara Clerk', sets: ['Order Sync', 'Order Sync Decide', 'Job Queue Run'] },
    { name: SHOP.user, fullName: 'The web shop', sets: ['Order Sync Webhook'] },
    { name: TRAINEE.user, fullName: 'Tom Trainee', sets: ['Order Sync Trainee', 'Job Queue Run'] },
  ];
  for (const { name, fullName, sets } of people) {
    await users.create(admin, { name, fullName });
    for (const set of sets) {
      await permissionSets.assign(admin, { user: name, permissionSet: set, company: COMPANY });
    }
  }
}

/** The trainee sets an entry Ready that needs more than he may. @returns what he is told */
export async function tryAsTrainee(platform: Platform): Promise<string> {
  const trainee = platform.as(TRAINEE);
  const entry = await jobQueue.create(trainee, { object: syncShop, parameterString: 'ORDERS' });
  try {
    await jobQueue.setStatusToReady(trainee, entry.id);
    return 'nothing: he was let through';
  } catch (error) {
    if (error instanceof NightshiftError) return error.message;
    throw error;
  }
}

/**
 * The trainee has the right for a moment, sets an entry Ready, and loses the right before it runs: what counts is what he
 * may do when it runs.
 */
export async function loseRightWhileWaiting(platform: Platform, startMs: number): Promise<JobQueueEntry> {
  const admin = platform.as(ADMINISTRATOR);
  const trainee = platform.as(TRAINEE);
  const more = { user: TRAINEE.user, permissionSet: 'Order Sync', company: COMPANY };
  await permissionSets.assign(admin, more);
  const earliestStart = new Date(startMs);
  const order = { object: syncShop, parameterString: 'ORDERS', description: 'Shop: trainee', earliestStart };
  const entry = await jobQueue.create(trainee, order);
  await jobQueue.setStatusToReady(trainee, entry.id);
  await permissionSets.unassign(admin, more);
  return entry;
}
