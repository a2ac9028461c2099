import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, type Executor, openDatabase } from '../database/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { LiveDirectory, RIGHTS_FRESH_MS } from './live-directory.ts';

let database: TestDatabase;
let connections: Database;
beforeEach(async () => {
  database = await createTestDatabase();
  connections = await openDatabase({ url: database.url, applicationName: 'test' });
});
afterEach(async () => {
  await connections.close();
  await database.drop();
});

const addUser = (name: string) =>
  database.query('insert into nightshift.app_user (name) values ($1)', [name]);
const names = ({ users }: Pick<LiveDirectory, 'users'>) => users.map(({ name }) => name);

/** The database, with its answers held back until they are let go, and counted. */
class SlowDatabase implements Executor {
  asked = 0;
  #held: (() => void)[] = [];
  holds = false;

  async run<Row>(...call: Parameters<Executor['run']>): Promise<Row[]> {
    this.asked++;
    const rows = await connections.run<Row>(...call);
    if (this.holds) await new Promise<void>((resolve) => this.#held.push(resolve));
    return rows;
  }

  /** How many answers wait. */
  get waiting(): number {
    return this.#held.length;
  }

  letGo(): void {
    for (const release of this.#held.splice(0)) release();
  }
}

describe('a live directory', () => {
  test('believes what it read for a second, then asks', async () => {
    const clock = new FakeClock();
    const slow = new SlowDatabase();
    const directory = await LiveDirectory.read(slow, clock);
    await addUser('LATE');
    expect(names(await directory.fresh())).toEqual(['ADMIN']);
    expect(slow.asked).toBe(1);
    await clock.advance(RIGHTS_FRESH_MS);
    const all = await Promise.all([directory.fresh(), directory.fresh(), directory.fresh()]);
    for (const each of all) expect(names(each)).toEqual(['ADMIN', 'LATE']);
    expect(slow.asked).toBe(3); // the version once, the rows once
    await clock.advance(RIGHTS_FRESH_MS);
    await directory.fresh();
    expect(slow.asked).toBe(4); // nothing has changed: no rows
  });

  test('has, after a refresh, whatever was committed before it was asked for', async () => {
    const slow = new SlowDatabase();
    const directory = await LiveDirectory.read(slow, new FakeClock());
    slow.holds = true;
    const first = directory.refresh();
    await until('the first reading waits', () => slow.waiting === 1);
    await addUser('BETWEEN');
    const second = directory.refresh();
    const third = directory.refresh();
    slow.letGo();
    await first;
    expect(names(directory)).toEqual(['ADMIN']);
    await until('the second reading waits', () => slow.waiting === 1);
    slow.letGo();
    await Promise.all([second, third]);
    expect(names(directory)).toEqual(['ADMIN', 'BETWEEN']);
    expect(slow.asked).toBe(3); // the two that came together were read together
  });

  test('tells its watchers of each change, and goes on after a failure', async () => {
    let fails = false;
    const frail: Executor = {
      run: (target, values) => (fails ? Promise.reject(new Error('gone')) : connections.run(target, values)),
    };
    const directory = await LiveDirectory.read(frail, new FakeClock());
    const seen: (readonly string[])[] = [];
    const stop = directory.watch((now) => seen.push(names(now)));
    await addUser('ONE');
    fails = true;
    const failed = await Promise.allSettled([
      directory.refresh(),
      directory.refresh(),
      directory.confirmed(),
    ]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(names(directory)).toEqual(['ADMIN']);
    fails = false;
    await directory.refresh();
    stop();
    await addUser('TWO');
    await directory.refresh();
    expect(seen).toEqual([['ADMIN', 'ONE']]);
    expect(names(directory)).toEqual(['ADMIN', 'ONE', 'TWO']);
  });

  test('never goes back, and ends up with the last state, however many change and read', async () => {
    const directory = await LiveDirectory.read(connections, new FakeClock());
    const versions: number[] = [];
    directory.watch(() => versions.push(directory.version));
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        await addUser(`USER ${index}`);
        await directory.refresh();
        expect(names(directory)).toContain(`USER ${index}`);
      }),
    );
    expect(directory.users).toHaveLength(31);
    expect(versions).toEqual(versions.toSorted((one, other) => one - other));
  });

  test('learns by notification what another platform, or a person with SQL, has changed', async () => {
    await using one = await startTestPlatform({ database });
    await using other = await startTestPlatform({ database });
    const heard = Promise.withResolvers<void>();
    other.platform.directory.watch((now) => now.users.length === 2 && heard.resolve());
    await database.query(`insert into nightshift.app_user (name) values ('TOLD')`);
    await heard.promise;
    expect(names(other.platform.directory)).toEqual(['ADMIN', 'TOLD']);
    await until('both know', () => names(one.platform.directory).includes('TOLD'));
  });
});
