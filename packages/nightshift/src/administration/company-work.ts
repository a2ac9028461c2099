import type pg from 'pg';
import { type Database, executorOver, farewell, type Transaction } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { lockCompany, lockCompanyShared } from './companies.sql.ts';

/** A transaction that may take as long as it takes. */
export interface LongTransaction extends Transaction {
  /** Runs a command without parameters. @returns how many rows it changed */
  changed(text: string): Promise<number>;
}

/** How a transaction begins: seeing what is committed, or as one state of the database. */
type Begin = 'begin' | 'begin isolation level repeatable read';

/** A connection of its own for the coming or going of companies; whoever dies lets go of them with it. */
export interface CompanyWork {
  transaction<T>(work: (tx: LongTransaction) => Promise<T>, begin?: Begin): Promise<T>;
}

/** Which companies are worked on. */
export interface HeldCompanies {
  /** The one that comes or goes. */
  readonly alone: number;
  /** One that must stay as long as that takes. */
  readonly beside?: number;
}

/**
 * Runs work on companies that nobody else works on in this way.
 * @throws NightshiftError CONFLICT when somebody does
 */
export async function workOnCompanies<T>(
  database: Database,
  { alone, beside }: HeldCompanies,
  work: (connection: CompanyWork) => Promise<T>,
): Promise<T> {
  const client = await database.dedicated('company', () => undefined);
  try {
    const executor = executorOver(client);
    const locks = [
      ...(beside === undefined ? [] : [{ statement: lockCompanyShared, no: beside }]),
      { statement: lockCompany, no: alone },
    ];
    for (const { statement, no } of locks) {
      const [row] = await executor.run<{ locked: boolean }>(statement, [no]);
      if (row?.locked === true) continue;
      const text = 'The company is being created, copied or deleted by somebody else at the moment.';
      throw new NightshiftError('CONFLICT', text);
    }
    return await work({ transaction: (inside, begin = 'begin') => transactionOn(client, inside, begin) });
  } finally {
    await farewell(client);
  }
}

async function transactionOn<T>(
  client: pg.Client,
  work: (tx: LongTransaction) => Promise<T>,
  begin: Begin,
): Promise<T> {
  await client.query(begin);
  try {
    const changed = async (text: string) => (await client.query(text)).rowCount ?? 0;
    const value = await work({
      ...executorOver(client),
      changed,
      command: async (text) => void (await changed(text)),
    });
    const { command } = await client.query('commit');
    if (command === 'COMMIT') return value;
    throw new NightshiftError('DATABASE_ERROR', 'The transaction had failed and was rolled back.');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
