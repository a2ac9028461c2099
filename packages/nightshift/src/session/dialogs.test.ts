import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskScheduler } from '../platform/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import type { UserInterface } from './dialogs.ts';
import type { Session } from './session.ts';
import { stopSession } from './start-session.ts';

const insert = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);

const QUESTIONS: readonly (readonly [string, (session: Session) => Promise<unknown>])[] = [
  ['confirm', (session) => session.confirm('Go on?')],
  ['runPage', (session) => session.runPage('Customer Card')],
  ['runReport', (session) => session.runReport('Invoice')],
  ['activatePage', (session) => session.activatePage('Customer Card')],
  ['hyperlink', (session) => session.hyperlink('https://example.com')],
  ['upload', (session) => session.upload('Choose a file')],
  ['download', (session) => session.download('a.txt', new Uint8Array())],
];

const asking = codeunit({ name: 'Asking', onRun: (session) => session.confirm('Really?') });
const telling = codeunit({
  name: 'Telling',
  onRun: async (session) => {
    session.message('said \0 aloud');
    const window = session.openDialog('Working …');
    window.update('half');
    window.close();
    await insert(session, 'telling');
    session.error('The order is closed.');
  },
});
const quiet = codeunit({
  name: 'Quiet',
  onRun: async (session) => {
    await insert(session, 'quiet');
    throw session.error('');
  },
});
const nested = codeunit({ name: 'Nested', onRun: (session) => session.run(asking) });

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    codeunits: [asking, telling, quiet, nested],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
  });
});
afterAll(() => world.stop());

async function failureOf(codeunitName: string) {
  const [row] = await world.query<{ error: Record<string, unknown> }>(
    'select error from nightshift.failed_task where codeunit = $1',
    [codeunitName],
  );
  return row?.error;
}

describe('in the background', () => {
  it.each(QUESTIONS)('%s is refused with the place in the code', async (dialog, ask) => {
    await world.open(async (session) => {
      expect(session.guiAllowed).toBe(false);
      const error = await ask(session).then(
        () => expect.unreachable(),
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({
        code: 'CALLBACK_NOT_ALLOWED',
        message: expect.stringMatching(
          new RegExp(`called session\\.${dialog} at .*dialogs\\.test\\.ts:\\d+, but a background session`),
        ),
        details: { dialog, file: expect.stringMatching(/dialogs\.test\.ts$/), line: expect.any(Number) },
      });
    });
  });

  it('a question fails the task for good, and the error names codeunit, file and line', async () => {
    await taskScheduler.createTask(world.admin, nested);
    const event = await world.waitFor('LC0045', ({ codeunit: name }) => name === 'Nested');
    expect(event.dimensions).toMatchObject({ decision: 'failed', attemptNumber: 0 });
    expect(event.dimensions['reason']).toMatch(/^Codeunit "Asking" called session\.confirm at .*\.ts:\d+/);
    expect(await failureOf('Nested')).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED' });
  });

  it('a message is a line of information, a progress window is ignored, an error ends the run', async () => {
    await taskScheduler.createTask(world.admin, telling);
    await world.waitFor('LC0045', ({ codeunit: name }) => name === 'Telling');
    expect(await failureOf('Telling')).toMatchObject({
      code: 'CODEUNIT_ERROR',
      message: 'The order is closed.',
      lines: [
        { level: 'information', text: 'said ␀ aloud', details: { dialog: 'message', codeunit: 'Telling' } },
      ],
    });
    expect(await world.query("select from co_1.note where text = 'telling'")).toEqual([]);
  });

  it('an error without a text ends the run quietly: undone, and yet a success', async () => {
    await taskScheduler.createTask(world.admin, quiet);
    await world.waitFor('LC0043', ({ codeunit: name }) => name === 'Quiet');
    expect(await world.query("select from co_1.note where text = 'quiet'")).toEqual([]);
    expect(await failureOf('Quiet')).toBeUndefined();
  });

  it("an error's stack begins where it was raised", async () => {
    const error = await world
      .open(async (session) => session.error('Here.'))
      .then(
        () => expect.unreachable(),
        (thrown: Error) => thrown,
      );
    expect(error.stack?.split('\n').slice(1, 4).join()).toContain('dialogs.test.ts');
  });
});

describe('in the foreground', () => {
  function person(answer: boolean) {
    const heard: string[] = [];
    const userInterface: UserInterface = {
      async confirm(question, defaultAnswer) {
        heard.push(`${question} (${defaultAnswer})`);
        return answer;
      },
      message: (text) => heard.push(text),
      openDialog(text) {
        heard.push(`open ${text}`);
        return { update: (more) => heard.push(`update ${more}`), close: () => heard.push('close') };
      },
    };
    return { heard, userInterface };
  }

  it('dialogs reach the person, and the answer comes back', async () => {
    for (const answer of [true, false]) {
      const { heard, userInterface } = person(answer);
      const answered = await world.open(async (session) => {
        expect([session.guiAllowed, session.clientType]).toEqual([true, 'web']);
        session.message('Hello');
        const window = session.openDialog('Working');
        window.update('half');
        window.close();
        return session.confirm('Go on?', true);
      }, userInterface);
      expect(answered).toBe(answer);
      expect(heard).toEqual(['Hello', 'open Working', 'update half', 'close', 'Go on? (true)']);
    }
  });

  it('nobody is asked while a write is not committed; after reading, before and after it is fine', async () => {
    const { heard, userInterface } = person(true);
    const everything = {
      ...userInterface,
      runPage: async () => 'page',
      runReport: async () => 'report',
      upload: async () => new Uint8Array(1),
    };
    const refused = { code: 'DIALOG_IN_WRITE_TRANSACTION' };
    await world.open(async (session) => {
      await session.confirm('before');
      await session.db.query('select * from note');
      await session.confirm('after reading');
      await insert(session, 'asked');
      await expect(session.confirm('within')).rejects.toMatchObject(refused);
      await expect(session.runPage('Card')).rejects.toMatchObject(refused);
      await expect(session.runReport('Invoice')).rejects.toMatchObject(refused);
      await expect(session.upload('File')).rejects.toMatchObject(refused);
      await session.commit();
      await session.confirm('after');
      await session.db.query('select * from note for update');
      await expect(session.confirm('locked')).rejects.toMatchObject(refused);
    }, everything);
    expect(heard).toEqual(['before (false)', 'after reading (false)', 'after (false)']);
  });

  it('whoever waits for an answer is stopped without it', async () => {
    const { userInterface } = person(true);
    const asked = Promise.withResolvers<number>();
    const silent = { ...userInterface, confirm: () => new Promise<boolean>(() => undefined) };
    const waits = world.open(async (session) => {
      asked.resolve(session.id);
      await session.confirm('Is anybody there?');
    }, silent);
    const stopped = expect(waits).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
    expect(await stopSession(world.admin, await asked.promise, 'nobody is')).toBe(true);
    await stopped;
  });

  it('nobody is asked in a transaction that has failed', async () => {
    const { heard, userInterface } = person(true);
    const failed = world.open(async (session) => {
      await session.db.query('select 1/0').catch(() => undefined);
      await session.confirm('?');
    }, userInterface);
    await expect(failed).rejects.toMatchObject({ code: 'DIALOG_IN_WRITE_TRANSACTION' });
    expect(heard).toEqual([]);
  });

  it('pages, reports, links and files reach a person whose user interface can show them', async () => {
    const { userInterface } = person(true);
    const asked: unknown[] = [];
    const can = {
      ...userInterface,
      runPage: async (...given: unknown[]) => void asked.push(['runPage', ...given]),
      runReport: async (...given: unknown[]) => void asked.push(['runReport', ...given]),
      activatePage: async (...given: unknown[]) => void asked.push(['activatePage', ...given]),
      hyperlink: async (...given: unknown[]) => void asked.push(['hyperlink', ...given]),
      upload: async (prompt: string) => new TextEncoder().encode(prompt),
      download: async (...given: unknown[]) => void asked.push(['download', ...given]),
    };
    const uploaded = await world.open(async (session) => {
      await session.runPage('Card', { no: 1 });
      await session.runReport('Invoice', 'all');
      await session.activatePage('List');
      await session.hyperlink('https://example.com');
      await session.download('a.txt', new Uint8Array(2));
      return session.upload('Which?');
    }, can);
    expect(new TextDecoder().decode(uploaded)).toBe('Which?');
    expect(asked).toEqual([
      ['runPage', 'Card', { no: 1 }],
      ['runReport', 'Invoice', 'all'],
      ['activatePage', 'List'],
      ['hyperlink', 'https://example.com'],
      ['download', 'a.txt', new Uint8Array(2)],
    ]);
  });

  it.each(QUESTIONS.slice(1))(
    '%s is refused, with the place, where the user interface cannot',
    async (dialog, ask) => {
      const { userInterface } = person(true);
      await expect(world.open((session) => ask(session), userInterface)).rejects.toMatchObject({
        code: 'CALLBACK_NOT_ALLOWED',
        message: expect.stringMatching(/dialogs\.test\.ts:\d+, but this user interface cannot do that/),
        details: { dialog },
      });
    },
  );

  it('a codeunit of the background can be tried out there, with answers', async () => {
    const { heard, userInterface } = person(true);
    await world.open((session) => session.run(nested), userInterface);
    expect(heard).toEqual(['Really? (false)']);
  });

  it('a person whose answer fails, fails the session', async () => {
    const { userInterface } = person(true);
    const gone = { ...userInterface, confirm: () => Promise.reject(new Error('the browser is gone')) };
    await expect(world.open((session) => session.confirm('?'), gone)).rejects.toThrow('the browser is gone');
  });
});
