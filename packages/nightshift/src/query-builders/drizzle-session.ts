import {
  createTableRelationsHelpers,
  DefaultLogger,
  DrizzleQueryError,
  type ExtractTablesWithRelations,
  extractTablesRelationalConfig,
  type Logger,
  type RelationalSchemaConfig,
  type TablesRelationalConfig,
} from 'drizzle-orm';
import {
  NodePgDatabase,
  NodePgSession,
  type NodePgSessionOptions,
  NodePgTransaction,
} from 'drizzle-orm/node-postgres';
import {
  PgDialect,
  type PgPreparedQuery,
  type PgTransactionConfig,
  type PreparedQueryConfig,
} from 'drizzle-orm/pg-core';
import { isNightshiftError } from '../foundation/index.ts';
import type { QueryConfig, Session } from '../session/index.ts';
import { refuseSettings } from './settings.ts';

type Client = ConstructorParameters<typeof NodePgSession>[0];
type Schema = Record<string, unknown>;

/** What `drizzleFor` takes besides the session; each as Drizzle itself takes it. */
export interface DrizzleForOptions<TSchema extends Schema> {
  /** Tables and relations, for `db.query`. Default: none. */
  readonly schema?: TSchema;
  /** True logs each query with its values to the console. Default: nothing is logged. */
  readonly logger?: boolean | Logger;
  /** How the keys of columns without a name become names. Default: as they are. */
  readonly casing?: 'snake_case' | 'camelCase';
}

/**
 * A Drizzle database whose queries run in the session's transaction, with the session's rights. Its transactions are
 * savepoints there, and nest: what `session.commit()` has not committed is not committed.
 *
 * Errors of PostgreSQL come as Drizzle wraps them, a `DrizzleQueryError` with the error as `cause`, and carry its SQLSTATE
 * in `code`. Errors of the session are not wrapped.
 * @throws (each query) NightshiftError TRANSACTION_CONTROL for statements that would leave the transaction, for
 *   transactions that do not nest and for settings of a transaction; SESSION_ENDED
 */
export function drizzleFor<TSchema extends Schema = Record<string, never>>(
  session: Session,
  options: DrizzleForOptions<TSchema> = {},
): NodePgDatabase<TSchema> {
  const dialect = new PgDialect(options.casing === undefined ? {} : { casing: options.casing });
  const schema = options.schema === undefined ? undefined : relational(options.schema);
  const logger = options.logger === true ? new DefaultLogger() : options.logger;
  const parts: Parts<TablesRelationalConfig> = {
    session,
    schema,
    options: typeof logger === 'object' ? { logger } : {},
  };
  return new NodePgDatabase<TSchema>(
    dialect,
    new SavepointSession(dialect, parts),
    schema as RelationalSchemaConfig<ExtractTablesWithRelations<TSchema>> | undefined,
  );
}

function relational(fullSchema: Schema): RelationalSchemaConfig<TablesRelationalConfig> {
  const { tables, tableNamesMap } = extractTablesRelationalConfig(fullSchema, createTableRelationsHelpers);
  return { fullSchema, schema: tables, tableNamesMap };
}

interface Parts<TSchema extends TablesRelationalConfig> {
  readonly session: Session;
  readonly schema: RelationalSchemaConfig<TSchema> | undefined;
  readonly options: NodePgSessionOptions;
}

/** Drizzle's session on ours. */
class SavepointSession<F extends Schema, S extends TablesRelationalConfig> extends NodePgSession<F, S> {
  readonly #parts: Parts<S>;

  constructor(dialect: PgDialect, parts: Parts<S>) {
    super(clientOf(parts.session), dialect, parts.schema, parts.options);
    this.#parts = parts;
  }

  override prepareQuery<T extends PreparedQueryConfig = PreparedQueryConfig>(
    ...query: Parameters<NodePgSession<F, S>['prepareQuery']>
  ): PgPreparedQuery<T> {
    return withPlainErrors(super.prepareQuery<T>(...query));
  }

  override async transaction<T>(
    work: (tx: NodePgTransaction<F, S>) => Promise<T>,
    config?: PgTransactionConfig,
  ): Promise<T> {
    refuseSettings(config);
    return await this.nest(work, 0);
  }

  /** Runs `work` behind a savepoint, as the transaction that is so many levels deep. */
  nest<T>(work: (tx: NodePgTransaction<F, S>) => Promise<T>, depth: number): Promise<T> {
    const { session, schema } = this.#parts;
    return session.savepoint(
      async () => await work(new SavepointTransaction(this.dialect, this, schema, depth)),
    );
  }
}

class SavepointTransaction<F extends Schema, S extends TablesRelationalConfig> extends NodePgTransaction<
  F,
  S
> {
  readonly #session: SavepointSession<F, S>;

  constructor(
    dialect: PgDialect,
    session: SavepointSession<F, S>,
    schema: RelationalSchemaConfig<S> | undefined,
    depth: number,
  ) {
    super(dialect, session, schema, depth);
    this.#session = session;
  }

  override transaction<T>(work: (tx: NodePgTransaction<F, S>) => Promise<T>): Promise<T> {
    return this.#session.nest(work, this.nestedIndex + 1);
  }

  override async setTransaction(config: PgTransactionConfig): Promise<void> {
    refuseSettings(config);
  }
}

/** As much of a `pg` client as Drizzle uses. The name that it gives to prepared queries is left to the session. */
function clientOf(session: Session): Client {
  const client = {
    query: (config: QueryConfig, values: readonly unknown[]) => session.db.query(config, values),
  };
  return client as unknown as Client;
}

type Execute = (...values: unknown[]) => Promise<unknown>;

/** Errors of the session lose Drizzle's wrapping: whoever ends a session must know them. Others are given their code. */
function withPlainErrors<T extends PreparedQueryConfig>(prepared: PgPreparedQuery<T>): PgPreparedQuery<T> {
  const target = prepared as PgPreparedQuery<T> & { execute: Execute; all: Execute };
  for (const method of ['execute', 'all'] as const) {
    const inner = target[method].bind(target) as Execute;
    target[method] = (...values: unknown[]) => inner(...values).catch(rethrow);
  }
  return prepared;
}

function rethrow(error: unknown): never {
  if (!(error instanceof DrizzleQueryError)) throw error;
  if (isNightshiftError(error.cause)) throw error.cause;
  const code: unknown = (error.cause as { code?: unknown } | undefined)?.code;
  throw typeof code === 'string' ? Object.assign(error, { code }) : error;
}
