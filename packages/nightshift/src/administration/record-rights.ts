import { NightshiftError, type StoredError, storedErrorOf } from '../foundation/index.ts';
import {
  EVERY,
  type PermissionSetDefinition,
  type ProbeResult,
  probeStatements,
} from '../permissions/index.ts';
import { type Caller, doorOf, parseRecord, type UserInterface } from '../session/index.ts';
import { TASK_SCHEDULER } from '../task-scheduler/index.ts';
import { type Administrator, admit } from './administrate.ts';
import { Letters, needsOf, type RecordedNeeds, type TableLetters, without } from './recorded-needs.ts';

/** What is to be recorded. */
export interface RightsRecordingInput {
  /** The codeunit's name, or its number as text. */
  readonly codeunit: string;
  /** What it is given. Default: nothing. */
  readonly record?: unknown;
  /** As whom it runs; somebody else takes SUPER. Default: the caller. */
  readonly user?: string;
  /** Whether what it does is committed. Default: false, it is rolled back. */
  readonly keep?: boolean;
  /** Who answers its dialogs. */
  readonly userInterface: UserInterface;
}

/** What a codeunit needed when it was run once. */
export interface RecordedRights extends RecordedNeeds {
  readonly codeunit: string;
  readonly user: string;
  readonly company: string;
  /** What it failed with: it has gone no further, and may need more; null: it came to its end. */
  readonly error: StoredError | null;
  readonly isKept: boolean;
  /** False: what functions and triggers did could not be seen, because the transaction failed. */
  readonly isComplete: boolean;
  /** The codeunits that it ran, itself the first. */
  readonly codeunits: readonly string[];
  /** The permission set that gives all of it. */
  readonly permissionSet: Pick<PermissionSetDefinition, 'codeunits' | 'reports' | 'tables'> & {
    readonly name: string;
  };
  /** What it needed and does not declare in `permissions.tables`; null: it declares none. */
  readonly undeclared: TableLetters | null;
}

/**
 * Runs a codeunit once in the foreground, and tells the rights that it needed: codeunits that it ran, tables with rights.
 * Only what was done is seen, nothing of the paths that were not taken.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, USER_UNKNOWN, CODEUNIT_UNKNOWN, RECORD_INVALID; DATABASE_RIGHTS
 *   where the database login cannot make roles; PLATFORM_NOT_STARTED
 */
export async function recordRights(caller: Caller, input: RightsRecordingInput): Promise<RecordedRights> {
  const door = doorOf(caller);
  const { codeunits } = door.service(TASK_SCHEDULER);
  const { keep = false, record, userInterface } = input;
  const wish = { kind: 'codeunit', id: null, name: input.codeunit };
  const administrator = await admit(caller, 'rights.record', wish);
  const { service, actor } = administrator;
  const target = codeunits.get(input.codeunit);
  parseRecord(target, record);
  const user = await runAs(administrator, input.user ?? actor.user.name);
  // Nothing is to run whose needs cannot be told afterwards.
  await probe(administrator, []);
  const object = { ...wish, name: target.name };
  const after = { runAs: user.name, keep };
  await service.authority.done(service.database, { actor, verb: 'rights.record', object, after });
  const { company } = door;
  const run = { target, record, keeps: keep, userInterface };
  const { outcome, recording } = await service.record({ user, company }, run);
  const probed = await probe(
    administrator,
    recording.statements.map(({ text }) => text),
  );
  const lent = (name: string) => (codeunits.has(name) ? codeunits.get(name).inherentPermissions : null);
  const isReport = (name: string) => codeunits.has(name) && codeunits.get(name).objectType === 'report';
  const needs = needsOf(recording, probed, lent);
  const tables = new Letters(needs.byStatements, needs.insideFunctions).all();
  return {
    ...needs,
    codeunit: target.name,
    user: user.name,
    company: company.name,
    error: outcome.kind === 'failed' || outcome.kind === 'unknown' ? storedErrorOf(outcome.error) : null,
    isKept: keep && outcome.kind === 'completed',
    isComplete: recording.isComplete,
    codeunits: recording.codeunits,
    permissionSet: {
      name: target.name,
      codeunits: recording.codeunits.filter((name) => !isReport(name)),
      reports: recording.codeunits.filter(isReport),
      tables,
    },
    undeclared: undeclared(tables, target.permissions.tables),
  };
}

/** The user as whom it runs. Nobody borrows rights that he has not. */
async function runAs({ service, actor }: Administrator, name: string) {
  const directory = await service.authority.directory();
  const user = directory.user(name);
  const { builtIn } = directory.rightsOf(actor.user.no, actor.company.no);
  if (user.no === actor.user.no || builtIn.has('SUPER')) return user;
  const text = `User ${actor.user.name} may not run a codeunit as ${name}; in company ${actor.company.name} that takes SUPER.`;
  const refusal = new NightshiftError('PERMISSION_DENIED', text, {
    details: { user: actor.user.name, sets: ['SUPER'] },
  });
  const object = { kind: 'user', id: `${user.no}`, name };
  await service.authority.denied({ actor, verb: 'rights.record', object }, refusal);
  throw refusal;
}

async function probe({ service, actor }: Administrator, texts: readonly string[]): Promise<ProbeResult> {
  try {
    return await probeStatements(service.database, service.names, actor.company.no, texts);
  } catch (cause) {
    const text = `What the statements need cannot be found out: ${(cause as Error).message}. It takes a database login that may create roles.`;
    throw new NightshiftError('DATABASE_RIGHTS', text, { cause });
  }
}

function undeclared(tables: TableLetters, declared: TableLetters | undefined): TableLetters | null {
  if (declared === undefined) return null;
  const { [EVERY]: every = '', ...named } = declared;
  return Object.fromEntries(
    Object.entries(without(tables, named)).flatMap(([table, letters]) => {
      const left = [...letters].filter((letter) => !every.includes(letter)).join('');
      return left === '' ? [] : [[table, left]];
    }),
  );
}
