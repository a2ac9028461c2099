import { BUILT_IN_SETS, type Reach, reachOf, VERBS, type Verb } from '../contract/permissions.ts';
import type { Database, Executor } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import { type Actor, type AuditEntry, type AuditObject, writeAudit } from './audit-log.ts';
import { type Directory, isGone, type UserCard } from './directory.ts';
import { bothRights, NO_RIGHTS, type Rights, reachOfRights } from './effective-rights.ts';
import type { LiveDirectory } from './live-directory.ts';

/** What rights are looked up and refusals written down with. */
export interface AuthorityParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly directory: LiveDirectory;
}

/** What a verb is about to be used on. */
export interface Wish extends AuditObject {
  /** Whether the actor has made it himself, or it runs as him; then `own` is enough. Default: false. */
  readonly isOwn?: boolean;
}

/** Decides who may use which verb, and writes down what was refused. The one place where that is decided. */
export class Authority {
  readonly #parts: AuthorityParts;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
  }

  /** Who, where and what rights, at most a second old. */
  directory(): Promise<Directory> {
    return this.#parts.directory.fresh();
  }

  /**
   * Lets the actor use a verb, or refuses it; a refusal is in the audit log before it is thrown.
   * @returns how far he may go: `own` means that the caller narrows what he sees to what is his
   * @throws NightshiftError PERMISSION_DENIED with the verb and the sets that would give it, USER_DISABLED,
   *   APPROVAL_NEEDED
   */
  async demand(actor: Actor, verb: Verb, wish: Wish): Promise<Reach> {
    const directory = await this.directory();
    const refusal = this.refusal(directory, actor, verb, wish);
    if (refusal === null) return this.reach(directory, actor, verb) ?? 'own';
    await this.denied({ actor, verb, object: wish }, refusal);
    throw refusal;
  }

  /** Why the actor may not use a verb, as `demand` would throw it; null: he may. */
  refusal(directory: Directory, actor: Actor, verb: Verb, wish: Wish): NightshiftError | null {
    const user = directory.userByNo(actor.user.no);
    if (isGone(user, this.#parts.clock.now())) return userGone(user);
    const { schedules } = VERBS[verb];
    if (schedules && user.isDelegated) return approvalNeeded(user, verb);
    if (schedules && !user.canSchedule) return mayNotSchedule(user);
    const reach = this.reach(directory, actor, verb);
    if (reach === 'any' || (reach === 'own' && wish.isOwn !== false)) return null;
    return lacksVerb(user, actor.company.name, verb, reach);
  }

  /** How far the actor may go with a verb; null: not at all. Nothing in a company in which he has no set. */
  reach(directory: Directory, actor: Actor, verb: Verb): Reach | null {
    const { no } = actor.user;
    if (VERBS[verb].allCompanies) return reachOfRights(directory.rightsEverywhere(no), verb);
    return directory.setsOf(no, actor.company.no).length === 0
      ? null
      : reachOfRights(directory.rightsOf(no, actor.company.no), verb);
  }

  /** Writes down a refusal, in a transaction of its own. */
  async denied(entry: Omit<AuditEntry, 'denial'>, refusal: NightshiftError): Promise<void> {
    const { database, clock } = this.#parts;
    const denial = { code: refusal.code, reason: refusal.message };
    await writeAudit(database, [{ ...entry, denial }], clock.now());
  }

  /** Writes down what was done, in the transaction in which it is done; that of the platform's own connections. */
  async done(tx: Executor, entry: Omit<AuditEntry, 'denial'>): Promise<void> {
    await writeAudit(tx, [entry], this.#parts.clock.now());
  }
}

/** The refusal of whoever is gone. */
export function userGone(user: UserCard): NightshiftError {
  const why = user.state === 'disabled' ? 'is disabled' : `was valid until ${user.validUntil?.toISOString()}`;
  return new NightshiftError('USER_DISABLED', `User ${user.name} ${why}.`, {
    field: 'user',
    details: { user: user.name },
  });
}

function approvalNeeded(user: UserCard, verb: Verb): NightshiftError {
  return new NightshiftError(
    'APPROVAL_NEEDED',
    `${user.name} is a delegated administrator and may not ${VERBS[verb].what}; request approval instead.`,
    { details: { user: user.name, verb } },
  );
}

function mayNotSchedule(user: UserCard): NightshiftError {
  const text = `User ${user.name} may not schedule work; a Security Admin can allow it.`;
  return new NightshiftError('PERMISSION_DENIED', text, {
    details: { user: user.name, right: 'canSchedule' },
  });
}

function lacksVerb(user: UserCard, company: string, verb: Verb, reach: Reach | null): NightshiftError {
  const wanted = reach === null ? 'own' : 'any';
  const sets = BUILT_IN_SETS.filter((set) => {
    const given = reachOf(verb, set);
    return given === 'any' || (given !== null && wanted === 'own');
  });
  const { what, allCompanies } = VERBS[verb];
  const where = allCompanies ? 'for all companies' : `in company ${company}`;
  const whose = reach === null ? '' : ' of others';
  return new NightshiftError(
    'PERMISSION_DENIED',
    `User ${user.name} may not ${what}${whose}; ${where} that takes one of: ${sets.join(', ')}.`,
    { details: { user: user.name, company, verb, sets } },
  );
}

/** The rights of several sets together. */
export function rightsOfSets(directory: Directory, names: readonly string[]): Rights {
  return names.reduce((sum, name) => bothRights(sum, directory.rightsOfSet(name)), NO_RIGHTS);
}
