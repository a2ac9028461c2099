import type pg from 'pg';
import { classifyFailure, type Database, executorOver } from '../database/index.ts';
import { TABLE_RIGHTS } from './permission-set.ts';
import { lockEnvironment } from './permissions.sql.ts';
import {
  becomeProbe,
  explainText,
  grantToProbe,
  makeProbe,
  type NamedRelation,
  readForeignKeys,
  readLockedTables,
  readOwnerPresent,
  readSchemasPresent,
  revokeFromProbe,
} from './rights-probe.sql.ts';
import { companySchema, type RoleNames } from './role-names.ts';
import { SHARED_SCHEMA } from './role-wanted.ts';

/** What a statement needs. */
export interface StatementNeeds {
  /** The rights without which PostgreSQL refuses it, by table or view. */
  readonly needed: Readonly<Record<string, string>>;
  /** What it does by itself to tables, also to those beneath views, without functions and triggers. */
  readonly does: Readonly<Record<string, string>>;
}

/** What statements need, and what PostgreSQL does by itself for foreign keys. */
export interface ProbeResult {
  /** By text. Text: why the statement cannot be looked into. */
  readonly statements: ReadonlyMap<string, StatementNeeds | string>;
  readonly foreignKeys: readonly ForeignKey[];
}

/** That a table refers to another one. */
export interface ForeignKey {
  readonly child: string;
  readonly parent: string;
  /** Whether rows of the child change or go with those of the parent. */
  readonly changesOnDelete: boolean;
  readonly changesOnUpdate: boolean;
}

/** SQLSTATE of a statement that is refused for want of rights. */
const REFUSED = '42501';
/** SQLSTATE of a statement that was given another number of parameters than it has. */
const PARAMETERS_DIFFER = '08P01';

/**
 * Finds out which rights to tables statements need in a company: PostgreSQL plans each as a role that has just the rights in
 * question, and executes none. The role, and what it is granted, is never committed.
 * @throws the database's error where roles cannot be made
 */
export function probeStatements(
  database: Database,
  names: RoleNames,
  companyNo: number,
  texts: readonly string[],
): Promise<ProbeResult> {
  return database.exclusively(async (client) => {
    const executor = executorOver(client);
    const wanted = [companySchema(companyNo), SHARED_SCHEMA];
    const present = await executor.run<{ schema: string }>(readSchemasPresent, [wanted]);
    const schemas = present.map(({ schema }) => schema);
    const probe = new Probe(client, names, schemas);
    await inProbe(client, probe, () => Promise.resolve());
    const statements = new Map<string, StatementNeeds | string>();
    // One transaction each: slots wait for the environment's lock as well.
    for (const text of new Set(texts)) {
      statements.set(text, await inProbe(client, probe, () => probe.needsOf(text)));
    }
    return { statements, foreignKeys: await executor.run<ForeignKey>(readForeignKeys, [schemas]) };
  });
}

/** Works with the probe's role, in a transaction that is rolled back. */
async function inProbe<T>(client: pg.ClientBase, probe: Probe, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    // Grants of two transactions on one table get into each other's way.
    await executorOver(client).run(lockEnvironment, []);
    await probe.begin();
    return await work();
  } finally {
    await client.query('rollback');
  }
}

/** What of a plan is of interest. */
interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly Operation?: string;
  readonly 'Conflict Resolution'?: string;
  readonly Plans?: readonly PlanNode[];
}

class Probe {
  readonly #schemas: readonly string[];
  readonly #client: pg.ClientBase;
  readonly #role: string;
  readonly #app: string;
  /** Whom the tables belong to; null: the login. */
  #owner: string | null = null;

  constructor(client: pg.ClientBase, names: RoleNames, schemas: readonly string[]) {
    this.#schemas = schemas;
    this.#client = client;
    this.#role = `ns_${names.mark}_probe`;
    this.#app = names.app;
  }

  async begin(): Promise<void> {
    const executor = executorOver(this.#client);
    const [row] = await executor.run<{ owner: string }>(readOwnerPresent, [this.#app]);
    this.#owner = row?.owner ?? null;
    for (const sql of makeProbe(this.#role, [...this.#schemas])) await this.#client.query(sql);
  }

  /** What a statement needs; text: why that cannot be told. */
  async needsOf(text: string): Promise<StatementNeeds | string> {
    await this.#client.query('savepoint ns_probe');
    try {
      const plan = await this.#planned(text, this.#owner);
      const tables = await executorOver(this.#client).run<NamedRelation>(readLockedTables, [this.#schemas]);
      const needed = await this.#leastRights(text, tables);
      return { needed, does: doneBy(plan, tables) };
    } catch (error) {
      if (classifyFailure(error).kind === 'connection') throw error;
      return (error as Error).message;
    } finally {
      await this.#client.query('rollback to savepoint ns_probe; release savepoint ns_probe');
    }
  }

  /** All rights are granted, and taken away again one by one: those stay without which it is refused. */
  async #leastRights(
    text: string,
    tables: readonly NamedRelation[],
  ): Promise<Readonly<Record<string, string>>> {
    for (const table of tables) await this.#client.query(grantToProbe(this.#role, table));
    await this.#planned(text, this.#role);
    const needed: Record<string, string> = {};
    for (const table of tables) {
      for (const right of TABLE_RIGHTS) {
        if (!(await this.#isNeeded(text, table, right))) continue;
        needed[table.name] = `${needed[table.name] ?? ''}${right}`;
      }
    }
    return needed;
  }

  async #isNeeded(text: string, table: NamedRelation, right: string): Promise<boolean> {
    await this.#client.query('savepoint ns_probe_right');
    try {
      await this.#client.query(revokeFromProbe(this.#role, table, right));
      await this.#planned(text, this.#role);
      await this.#client.query('release savepoint ns_probe_right');
      return false;
    } catch (error) {
      const { kind, code } = classifyFailure(error);
      if (kind === 'connection') throw error;
      await this.#client.query('rollback to savepoint ns_probe_right; release savepoint ns_probe_right');
      if (code === REFUSED) return true;
      throw error;
    }
  }

  async #planned(text: string, role: string | null): Promise<PlanNode> {
    if (role !== null) await this.#client.query(becomeProbe(role));
    const plan = await this.#plan(text, parametersOf(text));
    await this.#client.query('reset role');
    return plan;
  }

  /** `$1` may stand in a text as well: then fewer parameters are wanted than it seems. */
  async #plan(text: string, parameters: number): Promise<PlanNode> {
    await this.#client.query('savepoint ns_probe_plan');
    const query = {
      text: explainText(text),
      values: Array(parameters).fill(null),
      queryMode: 'extended',
    };
    try {
      const { rows } = await this.#client.query(query as pg.QueryConfig);
      await this.#client.query('release savepoint ns_probe_plan');
      return (rows[0] as { 'QUERY PLAN': readonly { Plan: PlanNode }[] })['QUERY PLAN'][0]?.Plan ?? {};
    } catch (error) {
      if (classifyFailure(error).code !== PARAMETERS_DIFFER || parameters === 0) throw error;
      await this.#client.query('rollback to savepoint ns_probe_plan; release savepoint ns_probe_plan');
      return this.#plan(text, parameters - 1);
    }
  }
}

function parametersOf(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d{1,5})/g)].map(([, number]) => Number(number)));
}

/** What the plan does to tables: everything that it locks it may read. */
function doneBy(plan: PlanNode, tables: readonly NamedRelation[]): Readonly<Record<string, string>> {
  const does = new Map(tables.map(({ name }) => [name, new Set('R')]));
  const walk = (node: PlanNode) => {
    const table = node['Relation Name'];
    const letters = OPERATIONS[node.Operation ?? ''] ?? '';
    const more = node['Conflict Resolution'] === 'UPDATE' ? 'M' : '';
    if (table !== undefined) for (const letter of letters + more) does.get(table)?.add(letter);
    for (const below of node.Plans ?? []) walk(below);
  };
  walk(plan);
  return Object.fromEntries([...does].map(([table, letters]) => [table, [...letters].join('')]));
}

const OPERATIONS: Readonly<Record<string, string>> = { Insert: 'I', Update: 'M', Delete: 'D', Merge: 'IMD' };
