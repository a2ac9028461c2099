import { BUILT_IN_SETS, type Reach, reachOf, VERBS, type Verb } from '../contract/permissions.ts';
import type { Database, Executor } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import { type Actor, type AuditEntry, type AuditObject, writeAudit } from './audit-log.ts';
import { Decided } from './decided.ts';
import { type Directory, isGone, type UserCard } from './directory.ts';
import { mayRun, type NamedObject, reachOfRights } from './effective-rights.ts';
import type { LiveDirectory } from './live-directory.ts';
import { approvalNeeded, companyGone, mayNotRun, mayNotSchedule, userGone } from './refusals.ts';
import { type RunnableObject, rehearse } from './rehearsal.ts';

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

/** What belongs to somebody else. */
export interface ForeignWish extends AuditObject {
  /** Whoever may use this verb on what is not his, may know that it is there. */
  readonly read: Verb;
  /** Why it is refused, as a sentence. Default: that the actor lacks the right. */
  readonly reason?: string;
}

/** How far somebody may go with a verb, by the numbers of the companies. */
export interface Reaches {
  /** Where everything is in his reach; null: everywhere. */
  readonly any: readonly number[] | null;
  /** Where only what is his own is. */
  readonly own: readonly number[];
}

const EVERYWHERE: Reaches = Object.freeze({ any: null, own: [] });

/** What is about to be scheduled. */
export interface ScheduleWish extends Wish {
  /** The codeunits that will run: the main one first, then its failure codeunit. */
  readonly objects: readonly RunnableObject[];
  /** The number of the user as whom they will run. Default: the actor. */
  readonly runAs?: number;
}

/** Decides who may use which verb, and writes down what was refused. The one place where that is decided. */
export class Authority {
  readonly #parts: AuthorityParts;
  /** What is asked thousands of times a second. */
  readonly #demanded = new Decided<Reach | null>();
  readonly #rehearsed = new Decided<boolean>();

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
    const known = await this.directory();
    if (this.refusal(known, actor, verb, wish) === null) return this.reach(known, actor, verb) ?? 'own';
    // Nobody is refused by what was true a moment ago.
    const directory = await this.#parts.directory.confirmed();
    const refusal = this.refusal(directory, actor, verb, wish);
    if (refusal === null) return this.reach(directory, actor, verb) ?? 'own';
    await this.denied({ actor, verb, object: objectOf(wish) }, refusal);
    throw refusal;
  }

  /**
   * The same without a wait; null: ask `demand`. For verbs that must take effect before the caller's next line, awaited or
   * not.
   */
  demandNow(actor: Actor, verb: Verb, wish: Wish): Reach | null {
    const { current, isFresh } = this.#parts.directory;
    if (!isFresh || isOnTime(current, actor.user.no)) return null;
    const reach = this.#demanded.of(current, `${verb} ${actor.user.no} ${actor.company.no}`, () =>
      this.refusal(current, actor, verb, ANYTHING) === null ? this.reach(current, actor, verb) : null,
    );
    return reach === 'own' && wish.isOwn === false ? null : reach;
  }

  /** Where the actor may use a verb that reaches beyond his company, and how far. */
  async reaches(actor: Actor, verb: Verb): Promise<Reaches> {
    const directory = await this.directory();
    if (reachOfRights(directory.rightsEverywhere(actor.user.no), verb) === 'any') return EVERYWHERE;
    const where = (reach: Reach) =>
      directory.companies
        .filter((company) => this.reach(directory, { ...actor, company }, verb) === reach)
        .map(({ no }) => no);
    return { any: where('any'), own: where('own') };
  }

  /** Whether `demand` would let the actor use a verb; nothing is written down. */
  async may(actor: Actor, verb: Verb, wish: Wish): Promise<boolean> {
    return this.refusal(await this.directory(), actor, verb, wish) === null;
  }

  /**
   * About what belongs to somebody else and is out of the actor's reach: throws the refusal when he may see it by the verb
   * `read`. When he may not, it returns, and the caller answers that it is not there.
   * @throws NightshiftError PERMISSION_DENIED
   */
  async refuseOrHide(actor: Actor, verb: Verb, { read, reason, ...object }: ForeignWish): Promise<void> {
    const directory = await this.directory();
    if (this.reach(directory, actor, read) !== 'any') return;
    const refusal =
      reason === undefined
        ? this.refusal(directory, actor, verb, { ...object, isOwn: false })
        : new NightshiftError('PERMISSION_DENIED', reason, { details: { user: actor.user.name, verb } });
    if (refusal === null) return; // he may by now
    await this.denied({ actor, verb, object }, refusal);
    throw refusal;
  }

  /**
   * Lets the actor use a verb by which work is given to another user, whom it will run as.
   * @param user his name
   * @throws NightshiftError USER_UNKNOWN, USER_DISABLED when that user is gone; PERMISSION_DENIED, also when he is an
   *   application and the actor may not have work run as such
   */
  async demandRunAs(actor: Actor, verb: Verb, wish: Wish, user: string): Promise<UserCard> {
    await this.demand(actor, verb, { ...wish, isOwn: false });
    const card = (await this.directory()).user(user);
    if (isGone(card, this.now())) throw userGone(card);
    if (card.kind === 'application') {
      await this.demand(actor, 'user.runAsApplication', { kind: 'user', id: `${card.no}`, name: card.name });
    }
    return card;
  }

  /** The instant that rows of the audit log are numbered by. */
  now(): Date {
    return this.#parts.clock.now();
  }

  /** Why the actor may not use a verb, as `demand` would throw it; null: he may. */
  refusal(directory: Directory, actor: Actor, verb: Verb, wish: Wish): NightshiftError | null {
    const user = directory.userByNo(actor.user.no);
    if (isGone(user, this.#parts.clock.now())) return userGone(user);
    const { schedules, allCompanies } = VERBS[verb];
    const gone = allCompanies ? null : companyGone(directory, actor.company);
    if (gone !== null) return gone;
    if (schedules && user.isDelegated) return approvalNeeded(user, verb);
    if (schedules && !user.canSchedule) return mayNotSchedule(user, verb);
    const reach = this.reach(directory, actor, verb);
    if (reach === 'any' || (reach === 'own' && wish.isOwn !== false)) return null;
    return lacksVerb(user, actor.company.name, verb, reach);
  }

  /**
   * Refuses to schedule what could not run: rehearses it with the rights of the user as whom it will run. That the actor may
   * use the verb is for `demand` to say. A refusal is in the audit log before it is thrown.
   * @throws NightshiftError PERMISSION_DENIED with all that is missing in `details.missing`; USER_DISABLED, APPROVAL_NEEDED
   */
  async rehearse(actor: Actor, verb: Verb, wish: ScheduleWish): Promise<void> {
    if (this.#rehearsal(await this.directory(), actor, wish) === null) return;
    const refusal = this.#rehearsal(await this.#parts.directory.confirmed(), actor, wish);
    if (refusal === null) return;
    await this.denied({ actor, verb, object: objectOf(wish) }, refusal);
    throw refusal;
  }

  /** What `rehearse` would throw; null: nothing is missing. Nothing is written down. */
  async rehearsal(actor: Actor, wish: ScheduleWish): Promise<NightshiftError | null> {
    return this.#rehearsal(await this.directory(), actor, wish);
  }

  /** The same without a wait. False: ask `rehearse`. */
  rehearsedNow(actor: Actor, wish: ScheduleWish): boolean {
    const { current, isFresh } = this.#parts.directory;
    const userNo = wish.runAs ?? actor.user.no;
    if (!isFresh || isOnTime(current, userNo)) return false;
    const objects = wish.objects.map(({ name }) => name).join('\n');
    return this.#rehearsed.of(
      current,
      `${userNo} ${actor.company.no} ${objects}`,
      () => this.#rehearsal(current, actor, wish) === null,
    );
  }

  #rehearsal(directory: Directory, actor: Actor, { objects, runAs }: ScheduleWish): NightshiftError | null {
    const user = directory.userByNo(runAs ?? actor.user.no);
    const company = directory.companyByNo(actor.company.no);
    return rehearse(directory, { user, company, objects }, this.#parts.clock.now());
  }

  /**
   * Lets a user run a codeunit now, or refuses it; a refusal is in the audit log before it is thrown.
   * @returns null: at once
   * @throws NightshiftError PERMISSION_DENIED with the sets that would give it
   */
  demandRun(
    object: NamedObject,
    who: Pick<Actor, 'user' | 'company'>,
    actor: () => Actor,
  ): Promise<void> | null {
    const { directory } = this.#parts;
    const isKnown = directory.isFresh && runs(directory.current, who, object);
    return isKnown ? null : this.#demandRun(object, actor());
  }

  async #demandRun(object: NamedObject, actor: Actor): Promise<void> {
    const { directory } = this.#parts;
    if (runs(await directory.fresh(), actor, object)) return;
    // A run that is refused for good must not be so by what was true a moment ago.
    const now = await directory.confirmed();
    if (runs(now, actor, object)) return;
    const refusal = mayNotRun(now, actor, object);
    await this.denied(
      {
        actor,
        verb: `${object.objectType}.run`,
        object: { kind: object.objectType, id: null, name: object.name },
      },
      refusal,
    );
    throw refusal;
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

const ANYTHING: Wish = Object.freeze({ kind: '', id: null });

/** Whether it depends on the time what a user may do. */
function isOnTime(directory: Directory, userNo: number): boolean {
  return directory.userByNo(userNo).validUntil !== null;
}

/** What is acted on, without what only the decision needs. */
function objectOf({ kind, id, name = null }: Wish): AuditObject {
  return { kind, id, name };
}

function lacksVerb(user: UserCard, company: string, verb: Verb, reach: Reach | null): NightshiftError {
  const { what, allCompanies, everyone } = VERBS[verb];
  const wanted = reach === null ? 'own' : 'any';
  const sets = BUILT_IN_SETS.filter((set) => {
    const given = reachOf(verb, set);
    return given === 'any' || (given !== null && wanted === 'own');
  });
  const where = allCompanies ? 'for all companies' : `in company ${company}`;
  const whose = reach === null ? '' : ' of others';
  const lack =
    reach === null && everyone !== null && !allCompanies
      ? `he has no permission set ${where}`
      : `${where} that takes one of: ${sets.join(', ')}`;
  return new NightshiftError('PERMISSION_DENIED', `User ${user.name} may not ${what}${whose}; ${lack}.`, {
    details: { user: user.name, company, verb, sets },
  });
}

function runs(
  directory: Directory,
  { user, company }: Pick<Actor, 'user' | 'company'>,
  object: NamedObject,
): boolean {
  return mayRun(directory.rightsOf(user.no, company.no), object);
}
