import { classifyFailure, SQLSTATE_NOT_THE_CALLER, SQLSTATE_READ_ONLY } from '../database/index.ts';
import { isNightshiftError, type NightshiftError } from '../foundation/index.ts';
import { type Actor, accessDenied, type Directory, userGone } from '../permissions/index.ts';
import { readOnlyRefusal } from './read-only-refusal.ts';
import { type DatabaseRefusal, refusedAccess } from './refused-statement.ts';
import type { SessionAudit } from './session-audit.ts';
import { shownStatement } from './statement-tally.ts';

/** Rows in the audit log for what one session was refused; the last one counts the rest. */
const REFUSALS_PER_SESSION_MAX = 20;

/** PostgreSQL refused it for want of rights. */
const SQLSTATE_DENIED = '42501';
/** All that counts as refused for want of rights; the last two are what dblink and its like say. */
const REFUSED = new Set<unknown>([SQLSTATE_DENIED, SQLSTATE_NOT_THE_CALLER, '2F003', '2F004']);

const CAUSES_MAX = 10;

/** A refusal as the audit log has it. */
interface Refusal {
  readonly object: {
    readonly kind: 'table' | 'statement';
    readonly id: string | null;
    readonly name: string;
  };
  readonly code: string;
  readonly reason: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Whether it says nothing, should the actor turn out to be gone. */
  readonly unlessGone?: boolean;
}

/** What every session may use whose user is not gone. */
const OPEN_TO_ALL = 'nightshift_session';

/**
 * What one session leaves in the audit log: what it was refused, and to whom rights were lent in it. To people it tells
 * refusals in the words of permission sets.
 */
export class SessionTrail {
  readonly #audit: SessionAudit;
  readonly #actor: Actor;
  readonly #readOnly: boolean;
  /** The statements of errors, which user code may swallow, keep, or throw on. */
  readonly #texts = new WeakMap<object, string>();
  readonly #lentTo = new Set<string>();
  #count = 0;
  /** The last one that gets a row; it waits until it is known how many come after it. */
  #last: Refusal | null = null;

  /** @param readOnly whether it was begun as one that only reads; elsewhere a database that takes no writes is a standby */
  constructor(audit: SessionAudit, actor: Actor, readOnly = false) {
    this.#audit = audit;
    this.#actor = actor;
    this.#readOnly = readOnly;
  }

  /** Rights are lent to a codeunit in this session; one row for each. */
  lent(codeunit: string): void {
    if (this.#lentTo.has(codeunit)) return;
    this.#lentTo.add(codeunit);
    const found = this.directory.inherentPermissions.find((each) => each.codeunit === codeunit);
    this.#audit.add({
      actor: this.#actor,
      verb: 'codeunit.run',
      object: { kind: 'codeunit', id: null, name: codeunit },
      after: { inherentPermissions: found?.tables ?? {} },
    });
  }

  /** Who may do what, as it is known now. */
  get directory(): Directory {
    return this.#audit.directory;
  }

  /** A statement has failed. What was not for want of rights is none of the audit log's business. */
  failed(error: Error & { readonly code?: unknown }, text: string): void {
    if (this.#readOnly && error.code === SQLSTATE_READ_ONLY) this.#texts.set(error, text);
    if (!REFUSED.has(error.code)) return;
    this.#texts.set(error, text);
    this.#note(() => {
      const denied = this.#explained(error, text);
      const table = denied?.details['table'];
      const statement = shownStatement(text);
      const right = denied?.details['right'];
      return {
        object:
          typeof table === 'string'
            ? { kind: 'table', id: table, name: table }
            : { kind: 'statement', id: null, name: statement },
        code: denied?.code ?? String(error.code),
        reason: denied?.message ?? error.message,
        facts: { statement, ...(right === undefined ? {} : { right }), sqlState: error.code },
        unlessGone: isShutOut(error, text),
      };
    });
  }

  /** A statement tried to leave the bounds of its session, or did something that was taken back. */
  escaped(error: NightshiftError, text: string): void {
    const statement = shownStatement(text);
    this.#note(() => ({
      object: { kind: 'statement', id: null, name: statement },
      code: error.code,
      reason: error.message,
      facts: { statement },
    }));
  }

  /** What a session that ends with `thrown` has ended with: a refusal of PostgreSQL in words that help. Total. */
  explain(thrown: unknown): unknown {
    try {
      return this.#explainChain(thrown) ?? thrown;
    } catch {
      return thrown; // user code may throw objects that throw when they are looked at
    }
  }

  #explainChain(thrown: unknown): NightshiftError | null {
    let link = thrown;
    for (let depth = 0; depth < CAUSES_MAX && typeof link === 'object' && link !== null; depth++) {
      // Whoever threw that has found words of his own.
      if (isNightshiftError(link)) return null;
      const text = this.#texts.get(link);
      if (text !== undefined) return this.#explained(link as DatabaseRefusal, text, thrown);
      link = (link as { readonly cause?: unknown }).cause;
    }
    return null;
  }

  #explained(error: DatabaseRefusal, text: string, cause: unknown = error): NightshiftError | null {
    const { code } = classifyFailure(error);
    if (code === SQLSTATE_READ_ONLY) return readOnlyRefusal(error, text, cause);
    if (code !== SQLSTATE_DENIED) return null;
    const gone = this.#audit.gone(this.#actor.user.no);
    if (gone !== null) return userGone(gone);
    return accessDenied(this.directory, this.#actor, refusedAccess(error, text), cause);
  }

  #note(make: () => Refusal): void {
    this.#count++;
    if (this.#count < REFUSALS_PER_SESSION_MAX) this.#write(make(), 0);
    else this.#last ??= make();
  }

  #write({ object, code, reason, facts, unlessGone }: Refusal, further: number): void {
    const after = further === 0 ? facts : { ...facts, further };
    const denial = { code, reason };
    this.#audit.add({ actor: this.#actor, verb: 'session.statement', object, after, denial }, unlessGone);
  }

  /** The session is over: the last row can be written. */
  end(): void {
    if (this.#last !== null) this.#write(this.#last, this.#count - REFUSALS_PER_SESSION_MAX);
    this.#last = null;
    this.#count = 0;
  }
}

/** Whether nothing was refused but the way into the platform itself, which takes no right. */
function isShutOut(error: DatabaseRefusal, text: string): boolean {
  const { kind, name } = refusedAccess(error, text);
  return kind === 'schema' && name === OPEN_TO_ALL;
}
