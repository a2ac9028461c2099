import type { Verb } from '../contract/permissions.ts';
import { NightshiftError, withoutStacks } from '../foundation/index.ts';
import { JOB_QUEUE } from '../job-queue/index.ts';
import type { Actor, Authority, Directory } from '../permissions/index.ts';
import { actorOf, doorOf } from '../session/index.ts';
import type { Call } from './handler.ts';
import type { Who } from './who.ts';

/** What an action is about. */
export interface ActionWish {
  readonly kind: string;
  readonly id: string | null;
  /** Whether whoever asks has made it, or it runs as him. */
  readonly isOwn: boolean;
}

/** An action, and what the state of its object says to it. */
export interface WishedAction {
  readonly name: string;
  readonly verb: Verb;
  /** Why the state of the object forbids it, as the verb would say it; null: it does not. */
  readonly refusal: string | null;
}

/** Says what whoever asks may do with the rows of a list: of one answer, from one look at his rights. */
export class AllowedActions {
  readonly #authority: Authority;
  readonly #directory: Directory;
  readonly #actor: Actor;
  readonly #who: Who;
  readonly #lacking = new Map<string, string | null>();

  private constructor(authority: Authority, directory: Directory, actor: Actor, who: Who) {
    this.#authority = authority;
    this.#directory = directory;
    this.#actor = actor;
    this.#who = who;
  }

  static async of({ caller, who }: Pick<Call, 'caller' | 'who'>): Promise<AllowedActions> {
    const door = doorOf(caller);
    const authority = door.service(JOB_QUEUE).detached?.authority;
    if (authority === undefined) throw new NightshiftError('INTERNAL', 'The server runs in no isolate.');
    return new AllowedActions(authority, await authority.directory(), actorOf(door), who);
  }

  /** Everybody's rights, and who asks. */
  get seen(): { readonly before: Directory; readonly actor: Actor } {
    return { before: this.#directory, actor: this.#actor };
  }

  /** The number of whoever asks. */
  get userNo(): number {
    return this.#actor.user.no;
  }

  /** The same for all objects that are his, and for all that are not. */
  #byRights(verb: Verb, wish: ActionWish): string | null {
    const key = `${verb} ${wish.isOwn}`;
    const known = this.#lacking.get(key);
    if (known !== undefined) return known;
    const ask = () => this.#authority.refusal(this.#directory, this.#actor, verb, wish)?.message ?? null;
    const lacking = withoutStacks(ask);
    this.#lacking.set(key, lacking);
    return lacking;
  }

  /** What of these he may do, and why not: first by his rights, then by the state of the object. */
  among(wish: ActionWish, actions: readonly WishedAction[]) {
    return actions.map(({ name, verb, refusal }) => {
      const lacking = this.#byRights(verb, wish);
      const reason = lacking ?? refusal;
      return withinScopes({ name, verb, allowed: reason === null, reason }, this.#who);
    });
  }
}

/** An action without regard to what the request was signed in by. */
export interface FoundAction {
  readonly name: string;
  readonly verb: Verb;
  readonly allowed: boolean;
  readonly reason: string | null;
}

/** What an API key is not held to is not open to it, whatever its user may do. */
export function withinScopes({ name, verb, allowed, reason }: FoundAction, { scopes }: Who) {
  if (scopes === null || scopes.has(verb)) return { name, allowed, reason };
  return { name, allowed: false, reason: `The API key lacks the scope ${verb}.` };
}
