import { statement } from '../database/index.ts';

export const leaseFreeSlot = statement(
  'slot_lease_free',
  `update nightshift.slot set epoch = $1
  where number = (select number from nightshift.slot where epoch is null order by number limit 1)
  returning number, user_no, company_no`,
);

export const addSlot = statement(
  'slot_add',
  `insert into nightshift.slot (number, epoch)
  select coalesce(max(number), 0) + 1, $1 from nightshift.slot
  returning number, user_no, company_no`,
);

export const noteSlotMembership = statement(
  'slot_note_membership',
  'update nightshift.slot set user_no = $2, company_no = $3 where number = $1',
);

export const freeSlots = statement('slots_free', 'update nightshift.slot set epoch = null where epoch = $1');

export const roleExists = statement('role_exists', 'select true as present from pg_roles where rolname = $1');

export const terminateBackend = statement('backend_terminate', 'select pg_terminate_backend($1) as done');

export const cancelBackend = statement('backend_cancel', 'select pg_cancel_backend($1) as done');

// What user code may have changed for the whole connection is undone before the next session begins.
export const SLOT_RESET = 'discard all';
