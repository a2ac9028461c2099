import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { type ChaosProxy, type CutPlace, startChaosProxy } from '../testing/chaos-proxy.ts';
import { type Claimed, SharedKit } from '../testing/shared-kit.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

/** Logins of slots, whose transactions are those of the tasks. */
const SLOTS = /_s\d+$/;
const DONE = { effects: 1, state: 'gone', attempt: 0 };
const some = (count: number): Behaviour[] => Array.from({ length: count }, () => leaveEffect);

let database: TestDatabase;
let proxy: ChaosProxy;
let shared: SharedKit;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startChaosProxy(database.tcpUrl);
  shared = await SharedKit.start({ database: { url: proxy.url } });
  await database.query(`create table co_1.counter (no int primary key, value int not null);
    insert into co_1.counter values (1, 0), (2, 0);
    create function co_1.die() returns trigger language plpgsql security definer as
      $$ begin if new.note = 'dies' then perform pg_terminate_backend(pg_backend_pid()); end if; return null; end $$;
    create constraint trigger dies after insert on co_1.effect deferrable initially deferred
      for each row execute function co_1.die();
    create function co_1.refuse() returns trigger language plpgsql as
      $$ begin if new.note = 'refused' then raise exception 'refused at the end'; end if; return null; end $$;
    create constraint trigger refused after insert on co_1.effect deferrable initially deferred
      for each row execute function co_1.refuse()`);
  await database.query('grant select, update on co_1.counter to public');
  // The slots have their connections, so that the next COMMIT is that of the tasks.
  await shared.run(await shared.claimed(some(2)));
});
afterAll(async () => {
  await shared.kit.stop();
  await proxy.stop();
  await database.drop();
});

const idsOf = (tasks: readonly Claimed[]) => tasks.map(({ id }) => id);
const runsOf = (tasks: readonly Claimed[]) => tasks.map(({ id }) => shared.runsOf({ uniqueId: id }));

/** Another instance takes a claim away, as after this one was thought dead. */
async function steal(session: Session): Promise<void> {
  const values = [session.idempotencyKey, randomUuid()];
  await database.query(
    'update nightshift.scheduled_task set claim = $2, claimed_by = $2 where id = $1',
    values,
  );
}

describe('the claim of one is lost', () => {
  const thefts: readonly (readonly [how: string, steal: (session: Session) => Promise<unknown>])[] = [
    ['to another instance', steal],
    [
      'since another instance has done it',
      (session) =>
        database.query('delete from nightshift.scheduled_task where id = $1', [session.idempotencyKey]),
    ],
  ];

  test.each(thefts)('%s: nothing of it commits, the others run alone', async (how, take) => {
    const isGone = how.includes('done');
    const loser: Behaviour = async (session) => {
      await leaveEffect(session);
      if (shared.runsOf(session) === 1) await take(session);
    };
    const tasks = await shared.claimed([leaveEffect, loser, leaveEffect]);
    await shared.run(tasks);
    const lost = { effects: 0, state: isGone ? 'gone' : 'claimed', attempt: 0 };
    expect(await shared.fates(tasks)).toEqual([DONE, lost, DONE]);
    expect(runsOf(tasks)).toEqual([2, 2, 2]);
    expect(shared.kit.telemetry.events('NS0034').at(-1)?.message).toContain('Another server instance owns');
  });

  test('the checker is not blind: without the claims in complete_tasks it would have two effects', async () => {
    const [{ source }] = (await database.query<{ source: string }>(
      "select pg_get_functiondef('nightshift_session.complete_tasks'::regproc) as source",
    )) as [{ source: string }];
    await database.query(`create or replace function nightshift_session.complete_tasks(p_tasks uuid[], p_claims uuid[])
      returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as
      $$ begin null; end $$`);
    try {
      const tasks = await shared.claimed([leaveEffect, leaveEffect]);
      await shared.run(tasks);
      await shared.run(await shared.claim(idsOf(tasks)));
      expect((await shared.fates(tasks)).map(({ effects }) => effects)).toEqual([2, 2]);
    } finally {
      await database.query(source);
    }
  });
});

describe('the transaction cannot commit', () => {
  test('what is refused only then is found by running each alone', async () => {
    const tasks = await shared.claimed([
      ...some(3),
      (session) => leaveEffect(session, 'refused'),
      ...some(3),
    ]);
    await shared.run(tasks);
    const failed = { effects: 0, state: 'failed', attempt: 0 };
    expect(await shared.fates(tasks)).toEqual(tasks.map((_, at) => (at === 3 ? failed : DONE)));
    expect(runsOf(tasks)).toEqual(tasks.map(() => 2));
  });

  test('its backend dies in the COMMIT: each is found not done, and runs again, alone', async () => {
    const dies: Behaviour = (session) => leaveEffect(session, shared.runsOf(session) === 1 ? 'dies' : 'done');
    const tasks = await shared.claimed([...some(3), dies, ...some(3)]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(
      tasks.map(() => ({ effects: 0, state: 'waiting', attempt: 0 })),
    );
    const again = await shared.claim(idsOf(tasks));
    expect(again.map(({ losses }) => losses)).toEqual(tasks.map(() => 1));
    await shared.run(again);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
  });
});

describe('the answer to the COMMIT is lost', () => {
  const turns = Array.from({ length: 20 }, (_, turn) => turn);

  test.each<CutPlace>(['before', 'after'])(
    'cut %s the server had it: exactly one effect each',
    async (place) => {
      for (const turn of turns) {
        const broken: Behaviour = () => {
          throw new Error('broken');
        };
        const size = 1 + (turn % 7);
        const tasks = await shared.claimed([...some(size), broken]);
        const cut = proxy.cutNextCommit(place, SLOTS);
        await shared.run(tasks);
        await cut;
        const fates = await shared.fates(tasks);
        // One that had failed may have done so for what was not to be: it has run again.
        expect(fates.at(-1)).toEqual({ effects: 0, state: 'failed', attempt: 0 });
        expect(runsOf(tasks).at(-1)).toBe(2);
        const rest = tasks.slice(0, -1);
        const waiting = { effects: 0, state: 'waiting', attempt: 0 };
        expect(fates.slice(0, -1)).toEqual(rest.map(() => (place === 'after' ? DONE : waiting)));
        if (place === 'before') await shared.run(await shared.claim(idsOf(rest)));
        expect(await shared.fates(rest)).toEqual(rest.map(() => DONE));
      }
    },
  );

  test('every connection is cut in mid-run: all run again, exactly one effect each', async () => {
    const cut: Behaviour = async (session) => {
      await leaveEffect(session);
      if (shared.runsOf(session) > 1) return;
      proxy.cutAll();
      await session.db.query('select 1');
    };
    const tasks = await shared.claimed([leaveEffect, leaveEffect, cut, leaveEffect]);
    shared.beginAtATime(1);
    await shared.run(tasks);
    shared.beginAtATime(null);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(runsOf(tasks)).toEqual([2, 2, 2, 1]);
  });
});

describe('others begin while the answer to the COMMIT is missing', () => {
  const FAILED = { effects: 0, state: 'failed', attempt: 0 };
  const LOST = { effects: 0, state: 'claimed', attempt: 0 };
  const WAITING = { effects: 0, state: 'waiting', attempt: 0 };
  const atFirst =
    (note: string): Behaviour =>
    (session) =>
      leaveEffect(session, shared.runsOf(session) === 1 ? note : 'done');
  const loses: Behaviour = async (session) => {
    await leaveEffect(session);
    if (shared.runsOf(session) === 1) await steal(session);
  };

  /** Runs tasks, and others as soon as they may. @returns what became of both */
  async function handedOver(behaviours: readonly Behaviour[], prepare: () => unknown = () => null) {
    const tasks = await shared.claimed(behaviours);
    const others = await shared.claimed(some(3));
    let next: Promise<void> | null = null;
    prepare();
    await shared.run(tasks, () => {
      next = shared.run(others);
    });
    await next;
    return {
      hasYielded: next !== null,
      fates: await shared.fates(tasks),
      others: await shared.fates(others),
    };
  }

  test('both are done', async () => {
    const { hasYielded, fates, others } = await handedOver(some(3));
    expect({ hasYielded, fates, others }).toEqual({
      hasYielded: true,
      fates: [DONE, DONE, DONE],
      others: [DONE, DONE, DONE],
    });
  });

  test.each<[string, Behaviour, readonly unknown[]]>([
    ['it is refused', (session) => leaveEffect(session, 'refused'), [DONE, FAILED, DONE]],
    ['a claim is lost', loses, [DONE, LOST, DONE]],
    ['its backend dies in it', atFirst('dies'), [WAITING, WAITING, WAITING]],
  ])('%s: the others are done all the same', async (_, behaviour, expected) => {
    const { hasYielded, fates, others } = await handedOver([leaveEffect, behaviour, leaveEffect]);
    expect({ hasYielded, fates, others }).toEqual({
      hasYielded: true,
      fates: expected,
      others: [DONE, DONE, DONE],
    });
  });

  test.each<CutPlace>(['before', 'after'])('the answer is cut %s the server had it', async (place) => {
    const { fates, others } = await handedOver(some(2), () => proxy.cutNextCommit(place, SLOTS));
    expect(fates).toEqual(place === 'after' ? [DONE, DONE] : [WAITING, WAITING]);
    expect(others).toEqual([DONE, DONE, DONE]);
  });

  test('not while one of them has left something on the connection that must be taken back', async () => {
    const leaves: Behaviour = async (session) => {
      await session.db.query("select pg_advisory_lock(7), set_config('app.left', 'behind', false)");
      await leaveEffect(session);
    };
    const { hasYielded, fates, others } = await handedOver([leaves, leaveEffect]);
    expect({ hasYielded, fates, others }).toEqual({
      hasYielded: false,
      fates: [DONE, DONE],
      others: [LOST, LOST, LOST],
    });
  });
});

describe('two transactions want the same rows', () => {
  test('the victim of a deadlock runs alone afterwards, without an attempt', async () => {
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const count = async (session: Session, no: number) => {
      await session.db.query('update counter set value = value + 1 where no = $1', [no]);
      await leaveEffect(session);
    };
    const first: Behaviour = async (session) => {
      await count(session, 1);
      one.resolve();
    };
    const second: Behaviour = async (session) => {
      await count(session, 2);
      two.resolve();
    };
    const then =
      (both: Promise<unknown>, no: number): Behaviour =>
      async (session) => {
        await both;
        await count(session, no);
      };
    const both = Promise.all([one.promise, two.promise]);
    const tasks = await shared.claimed([first, then(both, 2), second, then(both, 1)]);
    await Promise.all([shared.run(tasks.slice(0, 2)), shared.run(tasks.slice(2))]);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(await database.query('select value from co_1.counter order by no')).toEqual([
      { value: 2 },
      { value: 2 },
    ]);
    expect(runsOf(tasks).toSorted()).toEqual([1, 1, 1, 2]);
  });
});
