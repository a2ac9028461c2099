import { AsyncLocalStorage } from 'node:async_hooks';
import { NightshiftError } from '../foundation/index.ts';
import type { Directory } from '../permissions/index.ts';
import type { CodeunitRegistry } from './codeunit-registry.ts';
import type { AnyCodeunit } from './session.ts';
import { become } from './session-look.sql.ts';

/** What lending rights asks of a session's transaction. */
export interface LendingHost {
  /** The role that the session began with. */
  ownRole(): string;
  /** Runs `fn` behind a savepoint that takes along whatever is opened behind it. */
  behindSavepoint<T>(fn: () => Promise<T>): Promise<T>;
  /** Sends a command about the transaction. */
  command(text: string): Promise<void>;
  /**
   * Makes the session's slot a member of another role of its user, and of no other.
   * @param lentNo the rights that are lent; undefined: those that the session began with
   * @returns the role
   */
  rejoin(lentNo: number | undefined): Promise<string>;
  /** Has the backend take notice of that. @throws when the transaction's role is another one then */
  confirmRole(role: string): Promise<void>;
  /** Whether the transaction takes commands. */
  isSound(): boolean;
  /** Ends the session and its connection: whose rights it has is not known. */
  condemn(cause: unknown): void;
}

/** One codeunit that runs with lent rights, inside a session that has others. */
interface Lending {
  readonly no: number;
  readonly around: Lending | null;
  role: string;
  state: 'opening' | 'open' | 'closing';
  /** Whether the slot may be a member of its role. */
  joined: boolean;
}

/** For which codeunit the running code works. */
const inside = new AsyncLocalStorage<Lending>();

/**
 * The rights that are lent to codeunits which other codeunits run. Each has them from its first line to its last: the
 * platform makes the slot a member of the role with the lent rights, and of its own again afterwards. Whoever comes later
 * finds no role to become.
 */
export class LentRights {
  readonly #host: LendingHost;
  #now: Lending | null = null;

  constructor(host: LendingHost) {
    this.#host = host;
  }

  /** The role that has the lent rights; null while none are lent. */
  get role(): string | null {
    return this.#now?.role ?? null;
  }

  /**
   * Refuses what comes from elsewhere while a codeunit has lent rights: it would have them too.
   * @throws NightshiftError TRANSACTION_CONTROL
   */
  refuseOthers(): void {
    const now = this.#now;
    if (now === null || (now.state === 'open' && inside.getStore() === now)) return;
    throw new NightshiftError(
      'TRANSACTION_CONTROL',
      'A codeunit with lent rights runs in this session: await it before asking the database for anything else.',
    );
  }

  /** Runs `work` with the rights that are lent under a number; when it throws, its statements are undone. */
  async run<T>(no: number, work: () => Promise<T>): Promise<T> {
    this.refuseOthers();
    const host = this.#host;
    const around = this.#now;
    const lending: Lending = { no, around, role: '', state: 'opening', joined: false };
    this.#now = lending;
    let begun = false;
    try {
      const value = await host.behindSavepoint(async () => {
        begun = true;
        lending.joined = true;
        lending.role = await host.rejoin(no);
        await host.confirmRole(around?.role ?? host.ownRole());
        await host.command(become(lending.role));
        lending.state = 'open';
        try {
          return await inside.run(lending, work);
        } finally {
          lending.state = 'closing';
          // What has failed goes back to its savepoint, and to the role of before.
          if (host.isSound()) await this.#leave(lending);
        }
      });
      await this.#takeBack(lending);
      return value;
    } catch (error) {
      if (begun) await this.#takeBack(lending).catch(() => undefined);
      else this.#now = around;
      throw error;
    }
  }

  /** Gives the transaction the role of before. */
  async #leave(lending: Lending): Promise<void> {
    const host = this.#host;
    await host.rejoin(lending.around?.no);
    lending.joined = false;
    await host.confirmRole(lending.role);
    await host.command(become(lending.around?.role ?? host.ownRole()));
  }

  /** Once. When it does not work, nothing is asked of the database any more. */
  async #takeBack(lending: Lending): Promise<void> {
    const host = this.#host;
    lending.state = 'closing';
    if (this.#now !== lending) return;
    try {
      if (lending.joined) await host.rejoin(lending.around?.no);
      await host.confirmRole(lending.around?.role ?? host.ownRole());
    } catch (error) {
      host.condemn(error);
      throw error;
    }
    this.#now = lending.around;
  }
}

/** The number under which a codeunit is lent rights; null when it is lent none. */
export function lentNoOf(
  directory: Directory,
  { name, inherentPermissions }: Pick<AnyCodeunit, 'name' | 'inherentPermissions'>,
): number | null {
  if (inherentPermissions === null) return null;
  return directory.inherentPermissions.find(({ codeunit }) => codeunit === name)?.no ?? null;
}

/** A session in which codeunits run each other. */
export interface LentSession {
  readonly spec: { readonly lentNo?: number | null };
  readonly trail: { readonly directory: Directory; lent(codeunit: string): void };
  readonly transaction: { lend<T>(no: number, work: () => Promise<T>): Promise<T> };
}

/** Runs a codeunit in a session with the rights that it is lent, if it is lent any that the session has not. */
export function enterLent(
  session: LentSession,
  codeunits: CodeunitRegistry,
  target: Pick<AnyCodeunit, 'name' | 'inherentPermissions'>,
  enter: () => Promise<unknown>,
): Promise<unknown> {
  if (target.inherentPermissions === null) return enter();
  const lentNo = lentNoOf(session.trail.directory, target);
  if (lentNo === null || lentNo === session.spec.lentNo) return enter();
  const isKnown = codeunits.has(target.name) && codeunits.get(target.name) === target;
  if (!isKnown) throw notRegistered(target.name);
  session.trail.lent(target.name);
  return session.transaction.lend(lentNo, enter);
}

function notRegistered(codeunit: string): NightshiftError {
  return new NightshiftError(
    'PERMISSION_DENIED',
    `No rights are lent to this codeunit "${codeunit}": the application has another one of that name, or none.`,
    { details: { codeunit } },
  );
}
