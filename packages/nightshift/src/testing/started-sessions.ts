import { z } from 'zod';
import type { PlatformOptions } from '../platform/index.ts';
import { codeunit, type Session, type StartedSession, startSession } from '../session/index.ts';
import { createTestDatabase } from './test-database.ts';
import { startTestPlatform } from './test-platform.ts';

const NOTES: Readonly<Record<number, string>> = {
  1: 'select from co_1.note where text = $1',
  2: 'select from co_2.note where text = $1',
};

/** What a test wants a session to do. */
export type Work = (session: Session) => unknown;

/** A platform with two companies, on which sessions do what a test wants of each; three run, and four wait. */
export async function startSessionKit() {
  const wishes = new Map<string, Work>();
  const wish = (work: Work): { readonly key: string } => {
    const key = `wish ${wishes.size + 1}`;
    wishes.set(key, work);
    return { key };
  };
  const worker = codeunit({
    name: 'The Works',
    record: z.object({ key: z.string(), note: z.string().default('none') }),
    onRun: (session, { key }) => wishes.get(key)?.(session),
  });
  const plain = codeunit({ name: 'Plain', onRun: (session) => void session.log.info('ran') });
  const database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  const instance = (sessions: PlatformOptions['sessions']) =>
    startTestPlatform({
      database,
      codeunits: [worker, plain],
      migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
      sessions,
    });
  const world = await instance({ backgroundSessionsMaxConcurrent: 3, backgroundSessionsMaxQueued: 4 });
  const start = (work: Work, options: object = {}) =>
    startSession(world.admin, worker, { record: wish(work), ...options });
  return {
    ...{ world, worker, plain, wish, start },
    /** Another instance over the same database. */
    instance,
    fullHouse: (count = 3) => fullHouse(start, count),
    insert: (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]),
    /** How many notes have that text. */
    notes: async (text: string, company = 1) => (await database.query(NOTES[company] ?? '', [text])).length,
    async stop() {
      await world.stop();
      await database.drop();
    },
  };
}

/** Sessions that occupy places until they are let go. */
async function fullHouse(start: (work: Work) => Promise<StartedSession>, count: number) {
  const doors = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const sessions: StartedSession[] = [];
  for (const door of doors) sessions.push(await start(() => door.promise));
  await Promise.all(sessions.map(({ started }) => started));
  const end = async () => {
    for (const door of doors) door.resolve();
    await Promise.all(sessions.map(({ finished }) => finished));
  };
  return { sessions, end, letOneGo: () => doors[0]?.resolve() };
}
