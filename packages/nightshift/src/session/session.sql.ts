import { type Statement, statement } from '../database/index.ts';

export const leaseFreeSlot = statement(
  'slot_lease_free',
  `update nightshift.slot set epoch = $1
  where number = (select number from nightshift.slot where epoch is null order by number limit 1)
  returning number`,
);

export const addSlot = statement(
  'slot_add',
  `insert into nightshift.slot (number, epoch)
  select coalesce(max(number), 0) + 1, $1 from nightshift.slot
  returning number`,
);

// In one round trip, with the lock of the environment: this is what changing the user of a slot takes. $8: whether to wait
// for the lock; the connection that all share must not.
export const joinSlot = statement(
  'slot_join',
  'select nightshift.join_slot($1, $2, $3, $4, $5, $6, $7, $8) as answer',
);

// For a slot without a login of its own. No row: it is leased by somebody else, or the backend is gone.
export const noteBackend = statement(
  'slot_note_backend',
  `update nightshift.slot s set backend = a.pid, backend_start = a.backend_start from pg_stat_activity a
  where s.number = $1 and s.epoch = $2 and a.pid = $3 returning a.usename as login`,
);

export const freeSlots = statement(
  'slots_free',
  'update nightshift.slot set epoch = null, backend = null, backend_start = null where epoch = $1',
);

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

// Instead of a role: the login's own rights.
export const NO_ROLE = 'none';

// To which RESET goes back: the connection serves one company after another, so each transaction says in which it is.
export const SLOT_SEARCH_PATH = 'app_shared, pg_temp';

// As PostgreSQL shows it, too.
export function searchPathOf(schema: string): string {
  return `${safe(schema)}, app_shared, pg_temp`;
}

// So that a transaction which says the same changes nothing: PostgreSQL 18 tells the client of each change, and of the way back.
export function searchIn(searchPath: string): string {
  return `set search_path to ${searchPath}`;
}

function identityOf(role: string, schema: string): string {
  return `set local role ${safe(role)}; set local search_path to ${searchPathOf(schema)}`;
}

// The same by one statement, which a connection that works for somebody knows by this name.
export const IDENTITY = { name: 'ns_identity' };
export function takeIdentity(role: string, schema: string): Statement {
  const path = searchPathOf(schema);
  return {
    ...IDENTITY,
    // Does both and finds nothing: a row would have to be sent and read.
    text: `select where pg_catalog.textcat(
      pg_catalog.set_config('role', '${safe(role)}', true), pg_catalog.set_config('search_path', '${path}', true)) is null`,
  };
}

// The same in the middle of a transaction: whatever was set since is taken back.
export function identityAgain(role: string, schema: string): string {
  return `reset all; ${identityOf(role, schema)}`;
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

// Takes back what outlives a transaction on a connection: settings, advisory locks, cursors WITH HOLD, and what a DO block
// listens to. Statements stay prepared: that is why the same user meets the same connection again.
export function slotCleaning(searchPath: string): string {
  return `close all; select pg_advisory_unlock_all(); unlisten *; discard temp; reset all; ${searchIn(searchPath)}`;
}

// Between two users: that, statements, sequences, plans and the session's authorization. Alone in its message.
export const FORGET_USER = 'discard all';

// What DISCARD ALL leaves: whoever has called setseed() would know the random numbers of the next user. From 0 to 1.
export function seedAnew(seed: number): string {
  return `select pg_catalog.setseed(${seed.toFixed(15)})`;
}

// Sessions that share a transaction are behind savepoints of these names. User code may not name them.
export function memberSavepoint(no: number): string {
  return `savepoint ns_savepoint_session_${no}`;
}

// As a connection that such transactions use knows it by name.
export function knownSavepoint(no: number): Statement {
  return { name: `ns_savepoint_${no}`, text: memberSavepoint(no) };
}

export const RESET: Statement = { name: 'ns_reset', text: 'reset all' };

export function backToMember(no: number): string {
  return `rollback to ${memberSavepoint(no)}`;
}

// Of those before, everything that would meet the next goes with what says again who and where it is: settings, also those of
// functions. RELEASE by itself takes back READ ONLY; cursors that they have opened stay.
export const RELEASE_MEMBERS: Statement = { name: 'ns_release', text: `release ${memberSavepoint(1)}` };

// Locks an object that is no relation, whereupon PostgreSQL learns of all that was changed elsewhere, whatever user code has
// locked before; costs next to nothing.
export const LOOK_FOR_CHANGES = "select pg_catalog.pg_get_object_address('schema', '{pg_catalog}', '{}')";
