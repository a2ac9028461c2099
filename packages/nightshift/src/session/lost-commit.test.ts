import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskScheduler } from '../platform/index.ts';
import { type ChaosProxy, type CutPlace, startChaosProxy } from '../testing/chaos-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';

/** Everybody else. */
const PLATFORM = /^(?!ns_)/;
/** The logins of user code. */
const SLOT = /^ns_[0-9a-f]{6}_s\d+$/;

const insert = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);
let runs = 0;
const writing = codeunit({
  name: 'Writing',
  onRun: async (session) => {
    runs++;
    await insert(session, `task ${session.idempotencyKey}`);
  },
});
const inParts = codeunit({
  name: 'In Parts',
  onRun: async (session) => {
    runs++;
    await insert(session, `part ${session.idempotencyKey}`);
    await session.commit();
    await insert(session, `rest ${session.idempotencyKey}`);
  },
});

let database: TestDatabase;
let proxy: ChaosProxy;
let world: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.app_user (name) values ('after'), ('before')");
  await database.query(
    `insert into nightshift.permission_assignment (user_no, set_no)
     select u.no, s.no from nightshift.app_user u, nightshift.permission_set s
     where u.name in ('after', 'before') and s.name = 'SUPER'`,
  );
  proxy = await startChaosProxy(database.tcpUrl);
  world = await startTestPlatform({
    database: { url: proxy.url },
    codeunits: [writing, inParts],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
  });
});
afterAll(async () => {
  await world.stop();
  await proxy.stop();
  await database.drop();
});

const notes = async (text: string) =>
  (await database.query('select from co_1.note where text = $1', [text])).length;

const CUTS: readonly (readonly [CutPlace, number])[] = [
  ['after', 1],
  ['before', 0],
];

describe('a session whose COMMIT is not answered', () => {
  it.each(CUTS)('cut %s the server got it: the caller is told that nobody knows', async (place, effects) => {
    const cut = proxy.cutNextCommit(place, SLOT);
    const work = world.open((session) => insert(session, `session ${place}`));
    await expect(work).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    await cut;
    expect(await notes(`session ${place}`)).toBe(effects);
    await world.open((session) => insert(session, `next ${place}`));
    expect(await notes(`next ${place}`)).toBe(1);
  });

  it.each(CUTS)('cut %s the server got it: so is code that commits by itself', async (place, effects) => {
    const cut = proxy.cutNextCommit(place, SLOT);
    const work = world.open(async (session) => {
      await insert(session, `own ${place}`);
      const refusal = expect(session.commit()).rejects;
      await refusal.toMatchObject({ code: 'COMMIT_UNKNOWN' });
      await insert(session, `after own ${place}`);
    });
    await expect(work).rejects.toThrow();
    await cut;
    expect([await notes(`own ${place}`), await notes(`after own ${place}`)]).toEqual([effects, 0]);
  });
});

describe('a task whose COMMIT is not answered', () => {
  it.each(CUTS)('cut %s the server got it: its effects are there exactly once', async (place, effects) => {
    runs = 0;
    const cut = proxy.cutNextCommit(place, SLOT);
    const id = await taskScheduler.createTask(world.admin, writing);
    await cut;
    const event = await world.waitFor('NS0006', ({ taskId }) => taskId === id);
    expect(event.dimensions['resolution']).toMatch(effects === 1 ? /^had committed/ : /^had not committed/);
    if (effects === 0) await world.waitFor('LC0043', ({ taskId }) => taskId === id);
    expect(await notes(`task ${id}`)).toBe(1);
    expect(runs).toBe(effects === 1 ? 1 : 2);
    expect(await taskScheduler.taskExists(world.admin, id)).toBe(false);
  });

  it('cut in the middle: the committed part may be there twice, the rest once, and the task ends', async () => {
    const cut = proxy.cutNextCommit('after', SLOT);
    const id = await taskScheduler.createTask(world.admin, inParts);
    await cut;
    await world.waitFor('LC0043', ({ taskId }) => taskId === id);
    expect([await notes(`part ${id}`), await notes(`rest ${id}`)]).toEqual([2, 1]);
    expect(await taskScheduler.taskExists(world.admin, id)).toBe(false);
  });
});

describe('a slot whose change to another user is not answered', () => {
  const doubles = `select m.member from pg_auth_members m join pg_roles r on r.oid = m.member
    where r.rolname ~ '^ns_[0-9a-f]{6}_s[0-9]+$' group by m.member having count(*) > 1`;

  it.each(CUTS)(
    'cut %s the server got it, with the role that was made for it: it never works for two',
    async (place) => {
      // A user for each case, who has no role yet.
      const second = (text: string) =>
        world.platform.open({ user: place, company: 'CRONUS' }, (session) => insert(session, text));
      await world.open((session) => insert(session, 'somebody else'));
      const cut = proxy.cutNextCommit(place, PLATFORM);
      const failure = await second(`first ${place}`).then(
        () => null,
        (error: Error) => error,
      );
      await cut;
      // Of its own work nothing was committed: it is no case of COMMIT_UNKNOWN. (Or the reaper committed before it.)
      if (failure !== null) expect(failure.message).toMatch(/^Connection terminated/);
      expect(await notes(`first ${place}`)).toBe(failure === null ? 1 : 0);
      await Promise.all([
        ...['one', 'two', 'three'].map((text) => world.open((session) => insert(session, text))),
        second(`slot ${place}`),
      ]);
      expect(await notes(`slot ${place}`)).toBe(1);
      expect(await database.query(doubles)).toEqual([]);
    },
  );

  it.each(CUTS)(
    'cut %s the server got it: the change is repeated, and it never works for two',
    async (place) => {
      const as = (user: string) => (text: string) =>
        world.platform.open({ user, company: 'CRONUS' }, (session) => insert(session, text));
      const [first, second] = [as('before'), as('after')];
      // All slots that there are work for somebody else.
      await Promise.all(Array.from({ length: 8 }, () => first(`others ${place}`)));
      const cut = proxy.cutNextStatement(place, /join_slot/);
      await second(`changed ${place}`);
      await cut;
      await Promise.all([1, 2, 3].map(() => first(`others ${place}`)));
      expect([await notes(`changed ${place}`), await notes(`others ${place}`)]).toEqual([1, 11]);
      expect(await database.query(doubles)).toEqual([]);
    },
  );
});
