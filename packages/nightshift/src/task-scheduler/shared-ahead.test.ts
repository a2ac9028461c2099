import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Session, SharedTransaction } from '../session/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { SharedKit } from '../testing/shared-kit.ts';
import { createTask } from './task-scheduler.ts';

let shared: SharedKit;

beforeAll(async () => {
  shared = await SharedKit.start();
  await shared.kit.query(`create table co_1.counter (no int primary key, value int not null);
    insert into co_1.counter values (1, 0);
    grant select, insert, update on co_1.counter to public;
    create function co_1.go_read_only() returns text language sql as
      $$ select set_config('transaction_read_only', 'on', true) $$;
    create function co_1.meddle() returns void language plpgsql as $$
    begin
      perform set_config('app.secret', 'of a neighbour', false);
      perform set_config('search_path', 'pg_catalog', false);
    end $$;
    create table co_1.line (no int generated always as identity, text text not null);
    grant select, insert on co_1.line to public`);
});
beforeEach(async () => {
  shared.beginAtATime(16);
  await shared.kit.query('update co_1.counter set value = 0');
});
afterAll(() => shared.kit.stop());

const DONE = { effects: 1, state: 'gone', attempt: 0 };
const FAILED = { effects: 0, state: 'failed', attempt: 0 };
const UP = 'update counter set value = value + 1 where no = 1 returning value';

/** Adds one, and says what comes of it. */
async function countUp(session: Session): Promise<number> {
  const { rows } = await session.db.query<{ value: number }>(UP);
  return rows[0]?.value ?? 0;
}

const counter = async () =>
  (await shared.kit.query<{ value: number }>('select value from co_1.counter'))[0]?.value;
const runsOf = (tasks: readonly { readonly id: string }[]) =>
  tasks.map(({ id }) => shared.runsOf({ uniqueId: id }));
const undone = () => shared.kit.telemetry.events('NS0034').length;

/** Runs them, and notes in `log` when each begins, and when it has what it asked for. */
async function counted(
  count: number,
  act: (session: Session, at: number, value: number) => unknown = () => null,
) {
  const log: string[] = [];
  const values: number[] = [];
  const behaviours = Array.from(
    { length: count },
    (_, at): Behaviour =>
      async (session) => {
        log.push(`begins ${at}`);
        const value = await countUp(session);
        log.push(`has ${at}`);
        values[at] = value;
        await act(session, at, value);
      },
  );
  const tasks = await shared.claimed(behaviours);
  await shared.run(tasks);
  return { tasks, log, values };
}

describe('tasks that ask one thing of the database', () => {
  test('begin one behind the other, and have their turns one after another', async () => {
    const { tasks, log, values } = await counted(9);
    expect((await shared.fates(tasks)).every(({ state }) => state === 'gone')).toBe(true);
    expect(values).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const all = [1, 2, 3, 4, 5, 6, 7, 8];
    // The first one finds the connection by itself.
    expect(log.slice(0, 2)).toEqual(['begins 0', 'has 0']);
    expect(log.slice(2)).toEqual([...all.map((at) => `begins ${at}`), ...all.map((at) => `has ${at}`)]);
  });

  test('are as many as there may be, be they more than savepoints inside each other', async () => {
    const { tasks, values } = await counted(150, (_, at) => {
      if (at === 100) throw new Error('broken');
    });
    const fates = await shared.fates(tasks);
    expect(fates.flatMap(({ state }, at) => (state === 'gone' ? [] : [at]))).toEqual([100]);
    expect(values).toEqual(Array.from({ length: 150 }, (_, at) => (at > 100 ? at : at + 1)));
    expect(runsOf(tasks)).toEqual(tasks.map(() => 1));
  });

  test('one at a time when one at a time is to begin', async () => {
    shared.beginAtATime(1);
    const { log } = await counted(3);
    expect(log).toEqual(['begins 0', 'has 0', 'begins 1', 'has 1', 'begins 2', 'has 2']);
  });

  test('the next one does not begin before one asks: no more code runs at a time than before', async () => {
    const log: string[] = [];
    const slow =
      (at: number): Behaviour =>
      async (session) => {
        log.push(`begins ${at}`);
        await session.sleep(0);
        log.push(`asks ${at}`);
        await countUp(session);
      };
    const tasks = await shared.claimed([0, 1, 2, 3, 4].map(slow));
    await shared.run(tasks);
    const pairs = [0, 1, 2, 3, 4].flatMap((at) => [`begins ${at}`, `asks ${at}`]);
    expect(log).toEqual(pairs);
    expect(await counter()).toBe(5);
  });

  test('one at a time when each asks more than one thing', async () => {
    shared.beginAtATime(null);
    const { log } = await counted(12, (session) => session.db.query('select 1'));
    expect(log).toEqual(Array.from({ length: 12 }, (_, at) => [`begins ${at}`, `has ${at}`]).flat());
  });

  test('grow in number as long as they do', async () => {
    shared.beginAtATime(null);
    const { log } = await counted(40);
    let atATime = 0;
    let most = 0;
    for (const entry of log) {
      atATime += entry.startsWith('begins') ? 1 : -1;
      most = Math.max(most, atATime);
    }
    expect(most).toBe(16);
  });
});

describe('statements that one sends side by side', () => {
  const line = (session: Session, text: string) =>
    session.db.query('insert into line (text) values ($1)', [text]);
  const single: Behaviour = (session) => line(session, 'behind');
  const lines = async () =>
    (await shared.kit.query<{ text: string }>('select text from co_1.line order by no')).map(
      ({ text }) => text,
    );
  const LETTERS = ['a', 'b', 'c', 'd'];
  beforeEach(() => shared.kit.query('truncate co_1.line'));

  test('keep their order, while others wait behind it', async () => {
    const many: Behaviour = async (session) => {
      await line(session, 'first');
      await Promise.all(LETTERS.map((text) => line(session, text)));
    };
    for (let times = 0; times < 3; times++) {
      await shared.kit.query('truncate co_1.line');
      const tasks = await shared.claimed([single, many, single, single]);
      await shared.run(tasks);
      expect(await lines()).toEqual(['behind', 'first', ...LETTERS, 'behind', 'behind']);
    }
  });

  test.each([0, 1, 2])('do so when it begins with them, behind %i others', async (before) => {
    const who = 'select current_user::text as user, pg_current_xact_id()::text as xid';
    const asked: unknown[] = [];
    const many: Behaviour = async (session) => {
      const letters = LETTERS.map((text) => line(session, text));
      const [{ rows }] = await Promise.all([session.db.query(who), ...letters]);
      asked.push(...rows);
    };
    const whoIs: Behaviour = async (session) => asked.push(...(await session.db.query(who)).rows);
    const others = Array.from({ length: before }, () => single);
    for (let times = 0; times < 3; times++) {
      await shared.kit.query('truncate co_1.line');
      const tasks = await shared.claimed([...others, many, whoIs]);
      await shared.run(tasks);
      expect(await shared.fates(tasks)).toMatchObject(tasks.map(() => ({ state: 'gone' })));
      expect(await lines()).toEqual([...others.map(() => 'behind'), ...LETTERS]);
      const [one, other] = asked.splice(0);
      expect(one).toEqual(other);
    }
  });
});

describe('what was asked ahead of its turn is undone and asked again', () => {
  test('when one goes on: the others see what it did, and their code runs once', async () => {
    const { tasks, values } = await counted(6, async (session, at) => {
      if (at === 2) await session.db.query('update counter set value = value + 100 where no = 1');
    });
    expect(values).toEqual([1, 2, 3, 104, 105, 106]);
    expect(await counter()).toBe(106);
    expect(runsOf(tasks)).toEqual(tasks.map(() => 1));
  });

  test('when each of them goes on', async () => {
    const { tasks, values } = await counted(8, (session) => countUp(session));
    expect(values).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
    expect(runsOf(tasks)).toEqual(tasks.map(() => 1));
  });

  test.each<[string, (session: Session) => unknown, typeof DONE]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      FAILED,
    ],
    ['ends quietly', (session) => session.error(''), { ...DONE, effects: 0 }],
    ['runs into an error', (session) => session.db.query('select 1/0'), FAILED],
    ['swallows an error', (session) => session.db.query('select 1/0').catch(() => undefined), FAILED],
  ])('when one %s', async (_, act, fate) => {
    const before = undone();
    const { tasks, values } = await counted(6, (session, at) => (at === 2 || at === 4 ? act(session) : null));
    expect(values).toEqual([1, 2, 3, 3, 4, 4]);
    expect(await counter()).toBe(4);
    expect(runsOf(tasks)).toEqual(tasks.map(() => 1));
    const fates = await shared.fates(tasks);
    expect([fates[2]?.state, fates[4]?.state]).toEqual([fate.state, fate.state]);
    expect(undone()).toBe(before);
  });

  test.each([
    'select 1/0',
    'no statement at all',
    'insert into counter values (1, 1)',
    'select from nothing',
  ])('when that is what fails: %s; it has its own error, and the others none', async (text) => {
    const errors: unknown[] = [];
    const fails: Behaviour = async (session) => {
      await session.db.query(text).catch((error: unknown) => {
        errors.push(error);
        throw error;
      });
    };
    const tasks = await shared.claimed([
      leaveEffect,
      leaveEffect,
      fails,
      leaveEffect,
      fails,
      fails,
      leaveEffect,
    ]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, DONE, FAILED, DONE, FAILED, FAILED, DONE]);
    expect(runsOf(tasks)).toEqual(tasks.map(() => 1));
    for (const error of errors) expect(error).not.toMatchObject({ code: '25P02' });
    expect(errors).toHaveLength(3);
  });

  test('when the one before it has made the transaction read only', async () => {
    const tasks = await shared.claimed([
      leaveEffect,
      (session) => session.db.query('select go_read_only()'),
      leaveEffect,
      leaveEffect,
    ]);
    await shared.run(tasks);
    expect((await shared.fates(tasks)).map(({ effects, state }) => [effects, state])).toEqual([
      [1, 'gone'],
      [0, 'gone'],
      [1, 'gone'],
      [1, 'gone'],
    ]);
  });

  test('statements that the connection knows by name stay known, and those that were not run do not', async () => {
    const texts = Array.from({ length: 6 }, (_, at) => `${UP} -- by ${at}`);
    const ask =
      (at: number, throws: boolean): Behaviour =>
      async (session) => {
        await session.db.query(texts[at] ?? '');
        if (throws) throw new Error('broken');
      };
    for (let turn = 0; turn < 6; turn++) {
      const tasks = await shared.claimed([
        leaveEffect,
        ...texts.map((_, at) => ask(at, at === turn)),
        (session) => session.db.query('select 1 / $1::int', [turn % 2]),
        ...texts.map((_, at) => ask(at, false)),
      ]);
      await shared.run(tasks);
      const states = (await shared.fates(tasks)).map(({ state }) => state);
      const failed = states.flatMap((state, at) => (state === 'failed' ? [at] : []));
      expect(failed).toEqual(turn % 2 === 0 ? [turn + 1, 7] : [turn + 1]);
    }
    expect(await counter()).toBe(6 * 11);
  });

  test('the checker is not blind: were that not done, an effect would be missing', async () => {
    const identity = { userNo: 1, companyNo: 1, lentNo: null };
    const place = new SharedTransaction(shared.kit.platform.instance.host, identity, 6).join(() => undefined);
    const unsent = vi
      .spyOn(Object.getPrototypeOf(place) as typeof place, 'unsent')
      .mockImplementation(() => undefined);
    onTestFinished(() => unsent.mockRestore());
    await counted(6, async (session, at) => {
      if (at === 2) await session.db.query('update counter set value = value + 100 where no = 1');
    });
    expect(await counter()).toBeLessThan(106);
  });
});

describe('other beginnings have their turns as well', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;

  test.each<[string, (session: Session) => unknown, effects: number]>([
    ['two statements at once', (session) => Promise.all([leaveEffect(session), leaveEffect(session)]), 2],
    ['a savepoint', (session) => session.savepoint(() => leaveEffect(session)), 1],
    [
      'a savepoint beside a statement',
      (session) => Promise.all([session.savepoint(() => leaveEffect(session)), session.db.query('select 1')]),
      1,
    ],
    [
      'a task',
      async (session) => {
        await createTask(session, shared.codeunitOfTheTest, { record: { key: 'nothing' }, ready: false });
        await leaveEffect(session);
      },
      1,
    ],
    [
      'a statement with a timeout',
      async (session) => {
        await session.db.query({ text: 'select 1', timeoutMs: 60_000 });
        await leaveEffect(session);
      },
      1,
    ],
    [
      'rows as arrays',
      async (session) => {
        const { rows } = await session.db.query({ text: 'select 1, 2', rowMode: 'array' });
        expect(rows).toEqual([[1, 2]]);
        await leaveEffect(session);
      },
      1,
    ],
    [
      'a setting',
      async (session) => {
        await session.db.query("select set_config('app.x', 'left', true)");
        await leaveEffect(session);
      },
      1,
    ],
    [
      'settings, by a function',
      async (session) => {
        await session.db.query('select meddle()');
        await session.db.query('insert into co_1.effect (task, note) values ($1, $2)', [
          session.idempotencyKey,
          '',
        ]);
      },
      1,
    ],
    [
      'a cursor',
      async (session) => {
        await session.db.query('declare c cursor for select 1');
        await leaveEffect(session);
      },
      1,
    ],
    ['nothing', () => undefined, 0],
    [
      'a statement that cannot be sent',
      async (session) => {
        await expect(session.db.query('select $1::json', [circle])).rejects.toThrow('circular');
        session.error('');
      },
      0,
    ],
  ])('%s', async (_, act, effects) => {
    const before = undone();
    const tasks = await shared.claimed([leaveEffect, leaveEffect, act, leaveEffect, act, act, leaveEffect]);
    await shared.run(tasks);
    const other = { ...DONE, effects };
    expect(await shared.fates(tasks)).toEqual([DONE, DONE, other, DONE, other, other, DONE]);
    expect(runsOf(tasks)).toEqual(tasks.map(() => 1));
    expect(undone()).toBe(before);
  });
});
