import type { Verb } from '../contract/permissions.ts';
import { type NightshiftError, withoutStacks } from '../foundation/index.ts';
import type { Authority, Directory, Wish } from '../permissions/index.ts';
import type { Caller, CallerDoor } from '../session/index.ts';
import { type OnceCaller, readingCaller } from './at-once.ts';
import { auditedEntry } from './entry-access.ts';
import { entryConflict, entryRuns, objectsOf } from './entry-change.ts';
import { dueNow, refuseIfOthers } from './entry-verbs.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

/** Whether somebody may do something with an entry now. */
export interface EntryAction {
  readonly name: EntryActionName;
  readonly verb: Verb;
  readonly allowed: boolean;
  /** Why not, as the verb would say it; null: it would be let through. */
  readonly reason: string | null;
}

/** What is known of an entry besides its row. */
export interface EntryState {
  readonly entry: JobQueueEntry;
  readonly now: Date;
  /** Whether its task is claimed: a run is under way, or about to be. */
  readonly isRunning: boolean;
  /** Whether a request for its approval is open. */
  readonly hasRequest: boolean;
  /** Whether the caller is asked to let it run as himself. */
  readonly asksCaller: boolean;
}

interface ActionRule {
  readonly verb: Verb;
  /** Throws what the state of the entry forbids. */
  readonly check: (state: EntryState, door: CallerDoor) => unknown;
  /** Whether it is rehearsed with the caller's rights, because it will run as him. */
  readonly runsAsCaller?: true;
}

const always = () => undefined;

function notRunning({ entry, isRunning }: EntryState): void {
  if (isRunning) throw entryRuns(entry);
}

function onHold(state: EntryState): void {
  const { entry } = state;
  if (entry.status !== 'On Hold') throw entryConflict(entry, 'set it On Hold before you change it');
  if (entry.taskId !== null) throw entryConflict(entry, 'its last run is still under way');
}

/** The actions of an entry: the verb that each takes, and what its state says to it. The verbs refuse by the same. */
const RULES = {
  setReady: {
    verb: 'entry.setReady',
    runsAsCaller: true,
    check(state, door) {
      const { entry } = state;
      if (entry.status === 'Ready' && entry.runAs === door.user.no) return;
      if (entry.status === 'Ready')
        throw entryConflict(entry, 'it runs as another user; set it On Hold first');
      notRunning(state);
    },
  },
  setOnHold: { verb: 'entry.setOnHold', check: always },
  restart: {
    verb: 'entry.restart',
    runsAsCaller: true,
    check(state, door) {
      refuseIfOthers(state.entry, door);
      notRunning(state);
    },
  },
  runNow: {
    verb: 'entry.runNow',
    runsAsCaller: true,
    check(state, door) {
      refuseIfOthers(state.entry, door);
      dueNow(state);
      notRunning(state);
    },
  },
  // Whatever its state: what runs is a copy that nobody else sees.
  runOnce: { verb: 'entry.runOnce', check: always },
  stopRun: {
    verb: 'entry.stopRun',
    check({ entry, isRunning }) {
      if (!isRunning || entry.taskId === null) throw entryConflict(entry, 'no run of it is under way');
    },
  },
  wake: {
    verb: 'entry.wake',
    check({ entry }) {
      if (entry.status !== 'Ready' && entry.status !== 'On Hold with Inactivity Timeout')
        throw entryConflict(entry, 'only one that rests can be woken');
    },
  },
  modify: { verb: 'entry.modify', check: onHold },
  copy: { verb: 'entry.copy', check: always },
  delete: { verb: 'entry.delete', check: notRunning },
  setPriority: { verb: 'entry.setPriority', check: notInProcess },
  reassign: {
    verb: 'entry.reassign',
    check(state) {
      notRunning(state);
      noRequest(state);
    },
  },
  requestApproval: {
    verb: 'approval.request',
    check(state) {
      const { entry } = state;
      if (!['On Hold', 'Error', 'Finished'].includes(entry.status))
        throw entryConflict(entry, 'there is nothing to approve');
      noRequest(state);
    },
  },
  resetToCode: {
    verb: 'entry.modify',
    check(state) {
      if (state.entry.declaredName === null) throw entryConflict(state.entry, 'no code declares it');
      onHold(state);
    },
  },
} as const satisfies Readonly<Record<string, ActionRule>>;

/** The name of an action. */
export type EntryActionName = keyof typeof RULES;

function noRequest({ entry, hasRequest }: EntryState): void {
  if (hasRequest) throw entryConflict(entry, 'a request for its approval is open already');
}

function notInProcess({ entry }: EntryState): void {
  if (entry.status === 'In Process') throw entryRuns(entry);
}

/** Works out what a caller may do with entries: asks once for what many of them share. */
export class EntryActions {
  readonly #once: OnceCaller;
  readonly #caller: Caller;
  readonly #directory: Directory;
  readonly #lacking = new Map<string, NightshiftError | null>();
  readonly #rehearsed = new Map<string, Promise<NightshiftError | null>>();

  private constructor(caller: Caller, once: OnceCaller, directory: Directory) {
    this.#caller = caller;
    this.#once = once;
    this.#directory = directory;
  }

  static async of(caller: Caller): Promise<EntryActions> {
    const once = readingCaller(caller, 'allowedActions');
    return new EntryActions(caller, once, await once.authority.directory());
  }

  /** What the caller may do with an entry. */
  async allowed(state: EntryState): Promise<readonly EntryAction[]> {
    const made: EntryAction[] = [];
    for (const [name, rule] of Object.entries(RULES) as [EntryActionName, ActionRule][]) {
      const refusal = await this.#refusal(rule, state);
      made.push({ name, verb: rule.verb, allowed: refusal === null, reason: refusal?.message ?? null });
    }
    return made;
  }

  async #refusal(
    { verb, check, runsAsCaller }: ActionRule,
    state: EntryState,
  ): Promise<NightshiftError | null> {
    const { actor, authority, door } = this.#once;
    const { entry, asksCaller } = state;
    const isOwn = asksCaller || entry.createdBy === actor.user.no || entry.runAs === actor.user.no;
    const wish = { ...auditedEntry(entry), isOwn };
    const refusal = this.#byRights(verb, wish) ?? withoutStacks(() => refusalOf(check, state, door));
    if (refusal !== null || runsAsCaller !== true) return refusal;
    return entry.status === 'Ready' && verb === 'entry.setReady' ? null : this.#rehearsal(authority, entry);
  }

  /** The same for all entries that are his, and for all that are not. */
  #byRights(verb: Verb, wish: Wish): NightshiftError | null {
    const key = `${verb} ${wish.isOwn}`;
    const known = this.#lacking.get(key);
    if (known !== undefined) return known;
    const { actor, authority } = this.#once;
    const refusal = withoutStacks(() => authority.refusal(this.#directory, actor, verb, wish));
    this.#lacking.set(key, refusal);
    return refusal;
  }

  #rehearsal(authority: Authority, entry: JobQueueEntry): Promise<NightshiftError | null> {
    const known = this.#rehearsed.get(entry.object);
    if (known !== undefined) return known;
    const wish = { ...auditedEntry(entry), objects: objectsOf(this.#caller, entry) };
    const asked = authority.rehearsal(this.#once.actor, wish);
    this.#rehearsed.set(entry.object, asked);
    return asked;
  }
}

function refusalOf(check: ActionRule['check'], state: EntryState, door: CallerDoor): NightshiftError | null {
  try {
    check(state, door);
    return null;
  } catch (error) {
    return error as NightshiftError;
  }
}
