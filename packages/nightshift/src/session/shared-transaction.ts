import { type Opening, type RowRequest, sendRowQueries, streamOf } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { commitFailure, sendCommit } from './commit.ts';
import type { BoundStatement } from './commit-fence.ts';
import { EndOfTurn } from './end-of-turn.ts';
import {
  asMessage,
  closing,
  FIRST_OPENING,
  knowMembers,
  openingAhead,
  openingBehind,
  SAVEPOINTS_MAX,
} from './member-openings.ts';
import { RightsNotice } from './rights-notice.ts';
import { backToMember, LOOK_FOR_CHANGES, memberSavepoint } from './session.sql.ts';
import type { SessionHost } from './session-host.ts';
import { type FirstStatement, type MemberLine, SharedMember } from './shared-member.ts';
import { SlotLease } from './slot-lease.ts';
import { cleaned, commanded, named, soon, together } from './slot-wire.ts';
import type { Slot, SlotIdentity } from './slots.ts';
import { UnderWay } from './under-way.ts';

/**
 * One transaction of several sessions of one user in one company, which have their turns one after another, each behind a
 * savepoint. What the end of one and the beginning of the next have to say travels with the next one's first statement.
 */
export class SharedTransaction implements MemberLine {
  readonly lease: SlotLease;
  readonly rights: RightsNotice;
  readonly #most: number;
  readonly #mayGoOn: () => boolean;
  /** Null while nothing is open. */
  #slot: Slot | null = null;
  /** Those that are not over, in their order. */
  readonly #line: SharedMember[] = [];
  /** How many of them have sent their first statements so that the next one's may follow. */
  #sent = 0;
  /** How many savepoints are open, each inside the one before; 0: the transaction is to be begun. */
  #depth = 0;
  /** The savepoint to go back to before anything else; 0: none. */
  #undo = 0;
  /** The savepoint of those that ran ahead in vain, to go back to before the current one sends anything; 0: none. */
  #tooEarly = 0;
  #mayMove = true;
  /** The connection is of no more use. */
  #spoilt = false;
  #stopped = false;
  #hasTraces = false;
  /** One of them may have opened cursors that it has left open. */
  #hasCursors = false;
  /** First statements, those included that do not count any more. */
  readonly #underWay = new UnderWay(() => this.sendReady());
  readonly #sending = new EndOfTurn(() => this.#sendAll());

  /** @param most how many sessions join it, at most @param mayGoOn whether those that wait may have their turns; default: yes */
  constructor(
    host: Pick<SessionHost, 'slots' | 'rightsVersion'>,
    identity: SlotIdentity,
    most: number,
    mayGoOn: () => boolean = () => true,
  ) {
    this.#most = most;
    this.#mayGoOn = mayGoOn;
    this.lease = new SlotLease(host.slots, identity);
    this.rights = new RightsNotice(host);
  }

  /**
   * Whether nothing of it may commit: something happened that cannot be undone for one session alone, or one of them was
   * told to stop.
   */
  get isToBeUndone(): boolean {
    return this.#spoilt || this.#stopped;
  }

  /** The backend that works for it; null before the first statement. */
  get backend(): number | null {
    return this.lease.slot?.backend ?? null;
  }

  /** A place for a session behind those that are in it. @param waits as for `SharedMember` */
  join(waits: () => void): SharedMember {
    const member = new SharedMember(this, waits);
    this.#line.push(member);
    return member;
  }

  get mayMove(): boolean {
    return this.#mayMove;
  }

  mayRunAhead(): boolean {
    if (this.isToBeUndone) return false;
    if (this.#slot !== null) return true;
    const slot = this.lease.slot ?? this.lease.take();
    if (slot === null) return false;
    this.#take(slot);
    this.#depth = 0;
    return true;
  }

  leave(): void {
    this.#slot = null;
    this.#undo = this.#tooEarly = this.#sent = 0;
    for (const member of this.#line) member.unsent();
  }

  /** Begins on a slot; anew if nothing had been done on another one. */
  #take(slot: Slot): void {
    this.leave();
    this.#spoilt = false;
    this.#mayMove = true;
    this.#slot = slot;
    this.#depth = 1;
    this.rights.begun();
    knowMembers(slot, this.#most);
  }

  get current(): SharedMember | undefined {
    return this.#line[0];
  }

  spoil(): void {
    this.#spoilt = true;
  }

  refuse(reason: unknown): void {
    this.#stopped = true;
    this.lease.refuse(reason);
  }

  noteCursors(): void {
    this.#hasCursors = true;
  }

  noteTraces(): void {
    this.#hasTraces = true;
  }

  begin(member: SharedMember, slot: Slot): Promise<unknown> {
    const text = this.#beginning(slot);
    member.sent(1);
    const begun = commanded(slot.client, text, () => this.spoil());
    this.rights.look(slot);
    return begun;
  }

  /** What begins the session whose turn it is, by itself: all before it are over. */
  #beginning(slot: Slot): string {
    const savepoint = memberSavepoint(1);
    if (slot === this.#slot) return `${asMessage(this.#closing())}; ${savepoint}; ${slot.identityAgain}`;
    this.#take(slot);
    return `${slot.preamble}; ${savepoint}`;
  }

  /** What ends those that are over. */
  #closing(): readonly { readonly text: string }[] {
    const undo = this.#undo;
    this.#undo = 0;
    this.#depth = 1;
    this.#mayMove = false;
    return closing(undo, this.#hasCursors);
  }

  /** What goes before the first statement of the next one. @param news whether rights have changed that it must know of */
  #opening(news: boolean): Opening {
    const look = news ? [{ text: LOOK_FOR_CHANGES }] : [];
    if (this.#depth > 0 && this.#sent === 0) return openingBehind([...this.#closing(), ...look], 1);
    this.#depth++;
    if (this.#depth === 1) return FIRST_OPENING;
    return news ? openingBehind(look, this.#depth) : openingAhead(this.#depth);
  }

  sendReady(): void {
    // One that is to be sent again would wait for what will not be.
    if (this.isToBeUndone && this.#line[0]?.ready != null) this.#dismiss();
    // Others may be ready by then: they go in one write, and the server answers to all at once.
    else this.#sending.ask();
  }

  #sendAll(): void {
    const slot = this.#slot;
    if (slot === null || this.isToBeUndone) return;
    // One whose preparation was not run must not be taken for known when it is sent again.
    if (this.#sent === 0 && !this.#underWay.isNothing) return;
    const requests: RowRequest[] = [];
    while (this.#sent === 0 || this.#line[this.#sent - 1]?.mayBeFollowed === true) {
      const member = this.#line[this.#sent];
      if (member?.ready == null || (this.#sent > 0 && this.#depth === SAVEPOINTS_MAX)) break;
      requests.push(this.#request(slot, member, member.ready));
    }
    sendRowQueries(slot.client, requests);
  }

  #request(slot: Slot, member: SharedMember, { config }: FirstStatement): RowRequest {
    const { news } = this.rights;
    const opening = this.#opening(news !== null);
    this.#sent++;
    this.#underWay.sent();
    const sending = member.sent(this.#depth);
    const answered: RowRequest['answered'] = (error, result, opened) => {
      if (opened && news !== null) this.rights.looked(news);
      member.answered(sending, { result, error, unopened: !opened });
      this.#underWay.answered();
    };
    return { query: named(config, slot), answered, opening };
  }

  /** Leaves the connection to the current one alone. */
  callBack(): Promise<void> | null {
    const current = this.#line[0];
    if (this.#slot === null || current === undefined) return null;
    const ahead = this.#line[1]?.level ?? 0;
    if (ahead > 0) {
      for (let at = 1; at < this.#line.length; at++) this.#line[at]?.unsent();
      this.#sent = 1;
      this.#depth = current.level;
      this.#tooEarly = ahead;
    }
    // What was skipped was not prepared either, and must not be taken for known by what is sent next.
    const mustLand = !this.#underWay.isNothing && (current.level === 0 || this.#tooEarly > 0);
    if (mustLand) return this.#underWay.landed().then(() => this.#goBack());
    this.#goBack();
    return null;
  }

  /** Undoes what was sent too early. What the current one has asked in this turn of the event loop goes before what it asks next. */
  #goBack(): void {
    if (this.#line[0]?.ready != null) this.#sendAll();
    if (this.#slot === null || this.#tooEarly === 0) return;
    const text = `${backToMember(this.#tooEarly)}; release ${memberSavepoint(this.#tooEarly)}`;
    this.#tooEarly = 0;
    // In a transaction that the current one has failed there is nothing to go back to.
    void commanded(this.#slot.client, text);
  }

  undo(member: SharedMember): void {
    this.#undo = this.#depth = member.level;
    this.#tooEarly = this.#sent = 0;
    for (const other of this.#line) if (other !== member) other.unsent();
  }

  over(member: SharedMember): void {
    const at = this.#line.indexOf(member);
    this.#line.splice(at, 1);
    if (at < this.#sent) this.#sent--;
    const [next] = this.#line;
    if (at === 0 && (this.isToBeUndone || !this.#mayGoOn())) this.#dismiss();
    else if (at === 0) next?.take();
    this.sendReady();
  }

  /** Those that wait for their turns wait in vain; what they have sent is undone. */
  #dismiss(): void {
    const ahead = this.#line[0]?.level ?? 0;
    if (ahead > 0) this.#undo = ahead;
    this.#sent = 0;
    // Those that were told before may be in it still: they take their time to end.
    const waiting = this.#line.filter(({ isLost }) => !isLost);
    for (const member of waiting) member.lose();
    for (const member of waiting) member.onLost?.();
  }

  /**
   * Commits what the sessions have done. Nothing may be spoilt, and all of them must be over or lost.
   * @param fence raises when one of their claims is lost
   * @param onSent called when COMMIT is on its way and its slot serves others already; not when there is something to take
   *   back there. Null: its slot is to be kept
   * @throws NightshiftError CLAIM_LOST, COMMIT_UNKNOWN or INTERNAL, or the database's error; nothing was committed then, or nobody
   *   knows. Its backend must be ended in the latter case
   */
  async commitAll(fence: BoundStatement, onSent: (() => void) | null = null): Promise<void> {
    const slot = this.#slot;
    if (slot === null) return;
    try {
      // What was sent for those that are not over is undone by now; were it not, it would be done once more when they run again.
      if (this.#line.some(({ level }) => level > 0))
        throw new NightshiftError('INTERNAL', 'One is at work still.');
      // The last one, too, may have changed who and where the transaction is.
      const before = `${asMessage(this.#closing())}; ${slot.identityAgain}`;
      const yields = onSent !== null && !this.#hasTraces;
      const committed = sendCommit(slot.client, fence, before, yields ? soon : together);
      if (yields) {
        this.lease.handOver(committed.catch(() => undefined));
        onSent();
      }
      await committed;
      this.#slot = null;
    } catch (error) {
      this.#spoilt = true;
      throw commitFailure(error);
    }
  }

  /**
   * Ends it: what is not committed is rolled back, and the slot given back. Never throws.
   * @param endBackend ends the backend at once; closing the socket is not enough, since one that is at work notices that
   *   only when its statement ends
   */
  async end(endBackend: (backend: number) => void): Promise<void> {
    const { slot } = this.lease;
    if (slot !== null && this.#spoilt) {
      streamOf(slot.client).destroy();
      if (this.#slot !== null) endBackend(slot.backend);
    } else if (slot !== null) {
      await this.#settle(slot).catch(() => this.spoil());
    }
    this.#slot = null;
    this.lease.release(() => !this.#spoilt);
  }

  async #settle(slot: Slot): Promise<void> {
    if (this.#slot !== null) await slot.client.query('rollback');
    if (this.#hasTraces) await cleaned(slot);
  }
}
