import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { checkedComment } from './approval-request.ts';
import { openRequest } from './approvals.ts';
import { atOnce, onceCaller } from './at-once.ts';
import { admitToEntry, auditedEntry, auditedState } from './entry-access.ts';
import { cancelPlan, makeOnHold, objectsOf } from './entry-change.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

/**
 * Has an entry run as another user. Nobody borrows rights: it stands On Hold until that user approves or sets it Ready; for an
 * application user, until that user or another Security Admin does. What he would lack to run it is told at once. Commits at
 * once, also in a session.
 * @throws NightshiftError ENTRY_UNKNOWN; USER_UNKNOWN; USER_DISABLED when the new user is gone; PERMISSION_DENIED, also when he
 *   lacks a right that the entry needs, or is an application user and the caller no Security Admin; APPROVAL_NEEDED when he may
 *   start no unattended work; CONFLICT while it runs, or in a session with an open transaction; VALIDATION for oneself
 */
export function reassign(
  caller: Caller,
  entryId: string,
  { user, comment }: { readonly user: string; readonly comment?: string },
): Promise<JobQueueEntry> {
  const once = onceCaller(caller, 'jobQueue.reassign');
  const text = checkedComment(comment === undefined ? {} : { comment });
  return atOnce(once, { entryId }, async (parts) => {
    const { tx, inside, door, actor, authority } = parts;
    const { entry } = await admitToEntry(tx, door, 'entry.reassign', { entryId, lock: true });
    const object = auditedEntry(entry);
    const asked = await authority.demandRunAs(actor, 'entry.reassign', object, user);
    if (asked.no === door.user.no) throw oneself();
    const wish = { ...object, objects: objectsOf(inside, entry), runAs: asked.no };
    await authority.rehearse(actor, 'entry.reassign', wish);
    await cancelPlan(tx, inside, entry);
    const note = `Reassigned by ${door.user.name}: waits for ${asked.name} to approve or to set it Ready.`;
    const held = await makeOnHold(tx, inside, { ...entry, taskId: null }, note);
    const requestId = await openRequest(parts, entry, { comment: text, asked: asked.no });
    const after = { ...auditedState(held), askedUser: asked.name, request: requestId };
    await authority.done(tx, { actor, verb: 'entry.reassign', object, before: auditedState(entry), after });
    return held;
  });
}

function oneself(): NightshiftError {
  return new NightshiftError('VALIDATION', 'Set the entry Ready to have it run as yourself.', {
    field: 'user',
  });
}
