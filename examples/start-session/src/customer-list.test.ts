import { type Session, sessions, type UserInterface } from 'nightshift';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { firstAddress } from './customer.sql.ts';
import { updateAddresses } from './customer-list.ts';
import { historyOf } from './session-history.ts';
import { CRONUS, type ScratchPlatform, startScratchPlatform } from './testing/scratch-platform.ts';
import { theWorks } from './the-works.ts';

let world: ScratchPlatform;
const messages: string[] = [];
const userInterface: UserInterface = {
  confirm: async () => true,
  message: (text) => messages.push(text),
  openDialog: () => ({ update: () => undefined, close: () => undefined }),
};

beforeAll(async () => {
  world = await startScratchPlatform();
});
afterAll(() => world?.stop());
beforeEach(() => {
  messages.length = 0;
});

const atTheScreen = <T>(work: (session: Session) => Promise<T>) =>
  world.platform.open({ ...CRONUS, userInterface }, work);

describe('the customer list', () => {
  test.each([
    ['in the background, by a session of its own', false],
    ['in debug mode, by the person’s own session', true],
  ])('has The Works done %s, and shows the time that it took', async (_, debugMode) => {
    let own: Pick<Session, 'id' | 'uniqueId'> = { id: 0, uniqueId: '' };
    const entry = await atTheScreen((session) => {
      own = session;
      return updateAddresses(session, { debugMode, workMs: 20 });
    });
    expect(entry.result).toBe('customer 10000');
    expect(entry.elapsedMs).toBeGreaterThan(15);
    expect(messages).toEqual([`Elapsed ${entry.elapsedMs} ms`]);
    expect(entry.sessionUniqueId === own.uniqueId).toBe(debugMode);
    expect(entry.sessionId === own.id).toBe(debugMode);
    expect(await atTheScreen((session) => firstAddress(session.db))).toBe('hello world');
    const history = await historyOf(world.platform, CRONUS, entry.sessionUniqueId);
    expect(history.map(({ type }) => type)).toEqual(debugMode ? ['Logoff'] : ['Start', 'Stop']);
    expect(history.at(-1)).toMatchObject({
      codeunit: debugMode ? 'open' : 'The Works',
      clientType: debugMode ? 'web' : 'background',
      parentUniqueId: debugMode ? null : own.uniqueId,
    });
  });

  test.each([
    ['in the background', false, 'The Works has failed: There is no customer.'],
    ['in debug mode', true, 'There is no customer.'],
  ])('tells the person when the work fails %s', async (_, debugMode, message) => {
    await atTheScreen(({ db }) => db.query('delete from customer'));
    const failing = atTheScreen((session) => updateAddresses(session, { debugMode, workMs: 0 }));
    await expect(failing).rejects.toMatchObject({ code: 'CODEUNIT_ERROR', message });
    await atTheScreen(({ db }) => db.query("insert into customer (no, name) values ('10000', 'Adatum')"));
  });

  test('a record that does not fit is refused before anything starts', async () => {
    const before = await sessions.events(world.platform.as(CRONUS), { codeunit: theWorks.name });
    const bad = atTheScreen((session) => updateAddresses(session, { workMs: -1 }));
    await expect(bad).rejects.toMatchObject({ code: 'RECORD_INVALID', field: 'record.workMs' });
    expect(await sessions.events(world.platform.as(CRONUS), { codeunit: theWorks.name })).toEqual(before);
  });
});
