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

export const slotMembership = statement(
  'slot_membership',
  `select user_no as "userNo", company_no as "companyNo" from nightshift.slot
  where number = $1 and user_no is not null and company_no is not null`,
);

export const noteSlotMembership = statement(
  'slot_note_membership',
  'update nightshift.slot set user_no = $2, company_no = $3 where number = $1',
);

export const freeSlots = statement('slots_free', 'update nightshift.slot set epoch = null where epoch = $1');

export const roleExists = statement('role_exists', 'select true as present from pg_roles where rolname = $1');

export const terminateBackend = statement('backend_terminate', 'select pg_terminate_backend($1) as done');

// Only what writes or locks a row gets a transaction number.
export const hasWritten = statement(
  'session_has_written',
  'select pg_current_xact_id_if_assigned() is not null as writing',
);

export const cancelBackend = statement('backend_cancel', 'select pg_cancel_backend($1) as done');

// Commands on roles take no parameters. Their names are made of the mark and numbers, the password of hexadecimal digits.
const SAFE = /^[a-z0-9_]+$/;

function safe(name: string): string {
  if (!SAFE.test(name)) throw new Error(`not a name made by us: ${name}`);
  return name;
}

export function createLogin(login: string, password: string): string {
  return `create role ${safe(login)} login noinherit password '${safe(password)}'`;
}

export function changePassword(login: string, password: string): string {
  return `alter role ${safe(login)} login noinherit password '${safe(password)}'`;
}

// Lets the platform end the backends of a slot whose instance died.
export function adoptLogin(login: string): string {
  return `grant ${safe(login)} to current_user with inherit true, set false`;
}

export function joinRole(role: string, login: string): string {
  return `grant ${safe(role)} to ${safe(login)} with inherit false, set true`;
}

export function leaveRole(role: string, login: string): string {
  return `revoke ${safe(role)} from ${safe(login)}`;
}

// Where names are looked for in a company; also that of the connection, to which RESET ALL goes back.
export function searchPath(schema: string): string {
  return `${safe(schema)}, app_shared, pg_temp`;
}

function identityOf(role: string, schema: string): string {
  return `set local role ${safe(role)}; set local search_path to ${searchPath(schema)}`;
}

// The same in the middle of a transaction: whatever was set since is taken back.
export function identityAgain(role: string): string {
  return `reset all; set local role ${safe(role)}`;
}

// Opens a transaction as someone, in one message. Every transaction says again who and where it is, because user code
// may have changed either for the whole connection.
export function preamble(role: string, schema: string): string {
  return `begin; ${identityOf(role, schema)}`;
}

// The SELECT freezes READ ONLY: from then on nothing in this transaction can make it READ WRITE again.
export function readOnlyPreamble(role: string, schema: string): string {
  return `begin read only; ${identityOf(role, schema)}; select 1`;
}

// Takes back what outlives a transaction on a connection: settings, advisory locks, cursors WITH HOLD.
export const SLOT_CLEANING = 'close all; select pg_advisory_unlock_all(); reset all';

// Sessions that share a transaction are behind savepoints of this name, one at a time. User code may not name it.
export const MEMBER_SAVEPOINT = 'savepoint ns_savepoint_session';

// Of the one before, everything that would meet the next goes: settings, also those of functions, and cursors that it has
// opened. RELEASE by itself takes back READ ONLY.
export function afterMember(again: string, hasCursors: boolean): string {
  return `release ${MEMBER_SAVEPOINT}; ${hasCursors ? 'close all; ' : ''}${again}`;
}

// The savepoint stays, and with it the settings of before.
export const UNDO_MEMBER = `rollback to ${MEMBER_SAVEPOINT}`;
