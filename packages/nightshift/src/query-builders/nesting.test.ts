import { pgTable, text } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { type ControlledTransaction, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { drizzleFor } from './drizzle-session.ts';
import { kyselyFor } from './kysely-session.ts';

interface Tables {
  note: { text: string };
}

const note = pgTable('note', { text: text().notNull() });

type Kind = 'session' | 'kysely' | 'drizzle';
type How = 'keeps' | 'throws' | 'fails' | 'swallows';

/** What happens in a transaction: notes are written, through this or that handle, and further ones are opened. */
type Step =
  | { readonly put: Kind }
  | { readonly open: Kind; readonly steps: readonly Step[]; readonly how: How }
  | { readonly hand: readonly HandStep[]; readonly commit: boolean };

/** What happens in one that is ended by hand: it has savepoints of its own. */
type HandStep = 'put' | 'mark' | 'back' | 'break';

const kind = fc.constantFrom<Kind>('session', 'kysely', 'drizzle');
const { steps } = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 4 }),
  step: fc.oneof(
    { maxDepth: 5 },
    fc.record({ put: kind }),
    fc.record({
      hand: fc.array(fc.constantFrom<HandStep>('put', 'mark', 'back', 'break'), { maxLength: 6 }),
      commit: fc.boolean(),
    }),
    fc.record({
      open: kind,
      steps: tie('steps'),
      how: fc.constantFrom<How>('keeps', 'keeps', 'keeps', 'throws', 'fails', 'swallows'),
    }),
  ),
}));

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: 'create table note (text text not null)' }],
  });
});
afterAll(() => world.stop());

/** Does the steps in a session, and says what must be left of them. */
class Run {
  readonly #session: Session;
  readonly #prefix: string;
  #written = 0;

  constructor(session: Session, prefix: string) {
    this.#session = session;
    this.#prefix = prefix;
  }

  async all(list: readonly Step[]): Promise<string[]> {
    const left: string[] = [];
    for (const step of list) {
      if ('put' in step) left.push(await this.#put(step.put));
      else if ('hand' in step) left.push(...(await this.#byHand(step.hand, step.commit)));
      else left.push(...(await this.#open(step.open, step.steps, step.how)));
    }
    return left;
  }

  async #open(open: Kind, list: readonly Step[], how: How): Promise<string[]> {
    const left: string[] = [];
    const work = async () => {
      left.push(...(await this.all(list)));
      if (how === 'throws') throw new Error('thrown');
      if (how === 'fails') await this.#session.db.query('select 1/0');
      if (how === 'swallows') await this.#session.db.query('select 1/0').catch(() => undefined);
    };
    const transaction = this.#transaction(open, work);
    if (how === 'keeps') await transaction;
    else if (how === 'throws') await expect(transaction).rejects.toThrow('thrown');
    else await expect(transaction).rejects.toMatchObject({ code: '22012' });
    return how === 'keeps' ? left : [];
  }

  #transaction(open: Kind, work: () => Promise<void>): Promise<void> {
    if (open === 'session') return this.#session.savepoint(work);
    if (open === 'drizzle') return drizzleFor(this.#session).transaction(work);
    return kyselyFor<Tables>(this.#session).transaction().execute(work);
  }

  async #byHand(list: readonly HandStep[], commit: boolean): Promise<string[]> {
    const trx: ControlledTransaction<Tables, string[]> = await kyselyFor<Tables>(this.#session)
      .startTransaction()
      .execute();
    const left: string[] = [];
    const marks: number[] = [];
    let broken = false;
    for (const step of list) {
      if (step === 'back' && marks.length > 0) {
        await trx.rollbackToSavepoint(`mark ${marks.length}`).execute();
        left.length = marks.at(-1) as number;
        broken = false;
      } else if (!broken && step === 'break') {
        broken = true;
        await sql`select 1/0`.execute(trx).catch(() => undefined);
      } else if (!broken && step === 'mark') {
        await trx.savepoint(`mark ${marks.push(left.length)}`).execute();
      } else if (!broken && step === 'put') {
        const value = this.#next();
        await trx.insertInto('note').values({ text: value }).execute();
        left.push(value);
      }
    }
    if (commit && !broken) {
      await trx.commit().execute();
      return left;
    }
    if (commit) await expect(trx.commit().execute()).rejects.toMatchObject({ code: '22012' });
    await trx.rollback().execute();
    return [];
  }

  async #put(through: Kind): Promise<string> {
    const value = this.#next();
    if (through === 'session') await this.#session.db.query('insert into note values ($1)', [value]);
    else if (through === 'drizzle') await drizzleFor(this.#session).insert(note).values({ text: value });
    else await kyselyFor<Tables>(this.#session).insertInto('note').values({ text: value }).execute();
    return value;
  }

  #next(): string {
    this.#written++;
    return `${this.#prefix}${this.#written}`;
  }
}

describe('transactions of both builders and savepoints of the session, nested at random', () => {
  it('leave exactly what those have written that were kept, with all around them', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        runs++;
        const prefix = `${runs}:`;
        const expected = await world.open((session) => new Run(session, prefix).all(list));
        const rows = await world.query<{ text: string }>(
          'select text from co_1.note where starts_with(text, $1)',
          [prefix],
        );
        expect(rows.map((row) => row.text).sort()).toEqual(expected.sort());
      }),
      { numRuns: 150 },
    );
  });
});
