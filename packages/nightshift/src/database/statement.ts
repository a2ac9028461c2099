/** One SQL statement of the platform. Named, so that PostgreSQL plans it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const known = new Map<string, Statement>();

/** Declares a statement; each `<domain>.sql.ts` file declares its own. The name is unique in the process. */
export function statement(name: string, text: string): Statement {
  if (known.has(name)) throw new Error(`two statements are named ${name}`);
  const made = Object.freeze({ name: `ns_${name}`, text });
  known.set(name, made);
  return made;
}

/** The statement of that name, which begins with `ns_`. @throws Error when there is none */
export function declaredStatement(name: string): Statement {
  const found = known.get(name.replace(/^ns_/, ''));
  if (found === undefined) throw new Error(`no statement is named ${name}`);
  return found;
}

/** Every statement declared so far; a test prepares them all against the real schema. */
export function declaredStatements(): readonly Statement[] {
  return [...known.values()];
}

/** Runs statements: a pool, a transaction, or a session's transaction. Rows come with their columns in snake_case. */
export interface Executor {
  run<Row = Record<string, unknown>>(target: Statement, values: readonly unknown[]): Promise<Row[]>;
}
