import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classifyFailure } from '../database/index.ts';
import { isNightshiftError, storedErrorOf } from '../foundation/index.ts';
import { within } from '../testing/condition.ts';
import { type IsolationKit, KINDS, MAIN_AND_KINDS, startIsolationKit } from '../testing/isolation-kit.ts';

let kit: IsolationKit;

beforeAll(async () => {
  kit = await startIsolationKit({ stopGraceMs: 300, threadMemoryMb: 64, processMemoryMb: 200 });
});
afterAll(() => kit.stop());
beforeEach(() => kit.clear());

/** As the task scheduler judges. */
function isRetriable(error: unknown): boolean {
  return isNightshiftError(error) ? error.retriable : classifyFailure(error).retriable;
}

/** What is thrown, and what is told of it, is the same as in the main thread. */
describe('what is thrown in an isolate', () => {
  const things = ['null', 'undefined', 'text', 'symbol', 'function', 'plain', 'proxy', 'getters'];
  const errors = ['cycle', 'uncloneable', 'chain', 'aggregate', 'nul'];

  it.each([...things, ...errors])('%s is stored as from the main thread', async (what) => {
    const stored = [];
    for (const kind of MAIN_AND_KINDS) {
      const { outcome, error } = await kit.run(kind, 'throw', what);
      expect(outcome.kind).toBe('failed');
      const { stack, causes, ...rest } = storedErrorOf(error);
      stored.push({ ...rest, hasStack: stack !== null, retriable: isRetriable(error) });
    }
    expect(stored[1]).toEqual(stored[0]);
    expect(stored[2]).toEqual(stored[0]);
  });

  it('megabytes of text are cut', async () => {
    for (const kind of KINDS) {
      const { error } = await kit.run(kind, 'throw', 'long');
      expect((error as Error).message).toHaveLength(1_000_000);
    }
  });

  it('keeps the chain of causes, with which it is judged worth another try', async () => {
    for (const kind of KINDS) {
      const { error } = await kit.run(kind, 'throw', 'chain');
      expect(storedErrorOf(error).causes).toEqual([{ code: 'ECONNRESET', message: 'inner' }]);
      expect(isRetriable(error)).toBe(true);
      expect((error as Error).stack).toMatch(/isolated-faults\.ts/);
      const lost = await kit.run(kind, 'serialization');
      expect(isRetriable(lost.error)).toBe(true);
    }
  });
});

describe.each(KINDS)('a session in a %s', (kind) => {
  const died = (text: RegExp | string) => ({
    code: 'ISOLATE_DIED',
    retriable: false,
    message: expect.stringMatching(text),
  });

  /** The next session is fine, whatever happened before. */
  async function goesOn(): Promise<void> {
    expect((await kit.run(kind, 'leave', 'the next')).outcome).toMatchObject({ kind: 'completed' });
    expect(await kit.effects()).toEqual(['the next']);
  }

  it('that ends its isolate fails alone, and is rolled back', async () => {
    for (const code of [0, 3]) {
      const { error } = await kit.run(kind, 'exit', code);
      expect(error).toMatchObject(
        died(`^The ${kind} of the codeunit ended itself by process.exit\\(${code}\\)`),
      );
      expect(error).toMatchObject({ details: { isolation: kind, exitCode: code } });
    }
    await goesOn();
  });

  it('that rejects a promise nobody awaits fails with what it was', async () => {
    const { error } = await kit.run(kind, 'stray');
    expect(error).toMatchObject(died('rejected promise that nobody awaits: nobody awaits me'));
    expect(error).toMatchObject({ cause: { name: 'TypeError', message: 'nobody awaits me' } });
    await goesOn();
  });

  it('that throws where nobody catches fails with what it was', async () => {
    const { error } = await kit.run(kind, 'strayThrow');
    expect(error).toMatchObject(died('exception that nobody caught: nobody catches me'));
    await goesOn();
  });

  it('is not harmed by a fault that the session before has left behind; the isolate is not used again', async () => {
    const before = (await kit.run(kind, 'where')).told;
    await kit.run(kind, 'strayLater', 'late');
    expect((await kit.run(kind, 'fireLater')).outcome).toMatchObject({ kind: 'completed' });
    expect(await kit.effects()).toEqual(['in spite of it']);
    const after = (await kit.run(kind, 'where')).told;
    expect([after['thread'], after['process']]).not.toEqual([before['thread'], before['process']]);
  });

  it('that leaves a timer behind costs the isolate', async () => {
    const before = (await kit.run(kind, 'where')).told;
    expect((await kit.run(kind, 'timer')).outcome).toMatchObject({ kind: 'completed' });
    const after = (await kit.run(kind, 'where')).told;
    expect([after['thread'], after['process']]).not.toEqual([before['thread'], before['process']]);
  });

  it('that fills its heap ends with MEMORY_LIMIT', async () => {
    const { error } = await kit.run(kind, 'heap');
    expect(error).toMatchObject({
      code: 'MEMORY_LIMIT',
      retriable: false,
      message: `The ${kind} of the codeunit ran out of its memory of ${kind === 'thread' ? 64 : 200} MB.`,
    });
    await goesOn();
  });

  it('that loops for ever is ended after the grace, and its log is kept', async () => {
    const { error, notes } = await within('the loop is ended', kit.run(kind, 'loop', null, 200));
    expect(error).toMatchObject({ code: 'SESSION_TIMEOUT' });
    expect(notes.lines.map(({ text }) => text)).toEqual(['about to loop']);
    expect(kit.platform.instance.host.active.size).toBe(0);
    await goesOn();
  });

  it('that waits is woken when it is stopped', async () => {
    const { error } = await kit.run(kind, 'wait', null, 200);
    expect(error).toMatchObject({ code: 'SESSION_TIMEOUT' });
    const heard = await kit.run(kind, 'waitForSignal', null, 200);
    expect(heard.told).toEqual({ after: 'SESSION_TIMEOUT', reason: 'SESSION_TIMEOUT' });
    await goesOn();
  });
});

describe('a session in a process', () => {
  it('that aborts or kills itself fails alone', async () => {
    expect((await kit.run('process', 'abort')).error).toMatchObject({
      code: 'ISOLATE_DIED',
      message: 'The process of the codeunit was ended by SIGABRT.',
    });
    expect((await kit.run('process', 'killSelf')).error).toMatchObject({
      code: 'ISOLATE_DIED',
      message: 'The process of the codeunit was ended by SIGKILL.',
    });
    expect(await kit.effects()).toEqual([]);
  });

  it.runIf(existsSync('/proc/self/status'))(
    'that fills memory outside its heap ends with MEMORY_LIMIT',
    async () => {
      const { error } = await kit.run('process', 'buffers');
      expect(error).toMatchObject({ code: 'MEMORY_LIMIT' });
      expect(await kit.effects()).toEqual([]);
    },
  );

  it('that asks for too much at once ends with MEMORY_LIMIT', async () => {
    expect((await kit.run('process', 'hugeArray')).error).toMatchObject({ code: 'MEMORY_LIMIT' });
    expect(await kit.effects()).toEqual([]);
  });

  it('is not harmed when its warm process was killed unnoticed: another one is taken', async () => {
    const { told } = await kit.run('process', 'where');
    const before = Number(told['process']);
    process.kill(before, 'SIGKILL');
    const after = await kit.run('process', 'where');
    expect(after.outcome).toMatchObject({ kind: 'completed' });
    expect(after.told['process']).not.toBe(before);
  });

  it('that sends nonsense harms nobody', async () => {
    await kit.run('process', 'nonsense');
    expect((await kit.run('process', 'where')).outcome).toMatchObject({ kind: 'completed' });
  });

  it('that cuts its line is ended', async () => {
    expect((await kit.run('process', 'disconnect')).error).toMatchObject({ code: 'ISOLATE_DIED' });
  });
});

describe('a session in a thread', () => {
  it('cannot abort the server instance', async () => {
    expect((await kit.run('thread', 'abort')).error).toMatchObject({
      code: 'ERR_WORKER_UNSUPPORTED_OPERATION',
    });
  });
});
