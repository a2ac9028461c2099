import {
  ConnectionBuilder,
  DefaultQueryExecutor,
  Kysely,
  type KyselyPlugin,
  type KyselyProps,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Transaction,
  TransactionBuilder,
} from 'kysely';
import type { Session } from '../session/index.ts';
import { SessionConnections } from './kysely-connection.ts';
import { controlledDriver, SAVEPOINT_DRIVER } from './kysely-driver.ts';
import { refuseSettings } from './settings.ts';

type TransactionProps = ConstructorParameters<typeof TransactionBuilder>[0];
type Tables = Record<string, Record<string, unknown>>;

/** What `kyselyFor` takes besides the session. */
export interface KyselyForOptions {
  /** Default: none. */
  readonly plugins?: readonly KyselyPlugin[];
}

/**
 * A Kysely whose queries run in the session's transaction, with the session's rights. Its transactions are savepoints
 * there, and nest: what `session.commit()` has not committed is not committed. Destroying it does nothing.
 *
 * Limits: settings of a transaction are refused; in a transaction that is ended by hand (`startTransaction`) nothing but
 * its own savepoints can be opened; only SELECT, VALUES and WITH can be streamed.
 * @throws (each query) NightshiftError TRANSACTION_CONTROL for statements that would leave the transaction and for
 *   transactions that do not nest; SESSION_ENDED; errors of PostgreSQL as they are
 */
export function kyselyFor<DB>(session: Session, options: KyselyForOptions = {}): Kysely<DB> {
  const compiler = new PostgresQueryCompiler();
  const adapter = new PostgresAdapter();
  const driver = controlledDriver(session);
  const plugins = [...(options.plugins ?? [])];
  const dialect = {
    createAdapter: () => adapter,
    createDriver: () => driver,
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => compiler,
  };
  const executor = new DefaultQueryExecutor(compiler, adapter, new SessionConnections(session), plugins);
  return new SessionKysely<DB>(session, { config: { dialect, plugins }, dialect, driver, executor });
}

/**
 * Kysely calls the function of a transaction itself. Here it must run inside `session.savepoint`, since that is how a
 * session knows what is nested; so what is made of this Kysely must be one of these again.
 */
class SessionKysely<DB> extends Kysely<DB> {
  readonly #session: Session;
  readonly #props: KyselyProps;

  constructor(session: Session, props: KyselyProps) {
    super(props);
    this.#session = session;
    this.#props = props;
  }

  override transaction(): TransactionBuilder<DB> {
    return new SavepointTransactionBuilder<DB>(this.#session, this.#props);
  }

  override connection(): ConnectionBuilder<DB> {
    return new SameConnectionBuilder<DB>(this, this.#props);
  }

  override withPlugin(plugin: KyselyPlugin): Kysely<DB> {
    return this.#like(super.withPlugin(plugin));
  }

  override withoutPlugins(): Kysely<DB> {
    return this.#like(super.withoutPlugins());
  }

  override withSchema(schema: string): Kysely<DB> {
    return this.#like(super.withSchema(schema));
  }

  override withTables<T extends Tables>() {
    return this.#like(super.withTables<T>());
  }

  override $extendTables<T extends Tables>() {
    return this.#like(super.$extendTables<T>());
  }

  override $omitTables<T extends keyof DB>() {
    return this.#like(super.$omitTables<T>());
  }

  override $pickTables<T extends keyof DB>() {
    return this.#like(super.$pickTables<T>());
  }

  #like<Other>(plain: Kysely<Other>): Kysely<Other> {
    return new SessionKysely<Other>(this.#session, { ...this.#props, executor: plain.getExecutor() });
  }
}

class SavepointTransactionBuilder<DB> extends TransactionBuilder<DB> {
  readonly #session: Session;
  readonly #props: TransactionProps;

  constructor(session: Session, props: TransactionProps) {
    super({ ...props, driver: SAVEPOINT_DRIVER });
    this.#session = session;
    this.#props = props;
  }

  override setAccessMode(accessMode: NonNullable<TransactionProps['accessMode']>): TransactionBuilder<DB> {
    return new SavepointTransactionBuilder<DB>(this.#session, { ...this.#props, accessMode });
  }

  override setIsolationLevel(
    isolationLevel: NonNullable<TransactionProps['isolationLevel']>,
  ): TransactionBuilder<DB> {
    return new SavepointTransactionBuilder<DB>(this.#session, { ...this.#props, isolationLevel });
  }

  override async execute<T>(callback: (trx: Transaction<DB>) => Promise<T>): Promise<T> {
    const { accessMode, isolationLevel } = this.#props;
    refuseSettings({ accessMode, isolationLevel });
    return await this.#session.savepoint(() => super.execute(callback));
  }
}

/** A session has one connection: a Kysely that keeps to one is the same. */
class SameConnectionBuilder<DB> extends ConnectionBuilder<DB> {
  readonly #kysely: Kysely<DB>;

  constructor(kysely: Kysely<DB>, props: KyselyProps) {
    super(props);
    this.#kysely = kysely;
  }

  override async execute<T>(
    callback: (db: Kysely<DB>) => Promise<T>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    options.signal?.throwIfAborted();
    return await callback(this.#kysely);
  }
}
