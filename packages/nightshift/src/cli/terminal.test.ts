import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { EventPrinter } from './event-printer.ts';
import { testTerminal } from './fixtures/test-terminal.ts';
import { invocationOf } from './invocation.ts';
import { askYesOrNo } from './question.ts';
import { settingsOf } from './settings.ts';
import { StopWish } from './stop-wish.ts';
import { terminalInterface } from './terminal-interface.ts';

describe('a question', () => {
  test.each([
    ['y', false, true],
    ['YES', false, true],
    ['n', true, false],
    ['', true, true],
    ['', false, false],
  ])('"%s" with default %s means %s', async (typed, defaultAnswer, expected) => {
    const { surroundings, keyboard } = testTerminal({ interactive: true });
    const answer = askYesOrNo(surroundings, 'Sure?', defaultAnswer);
    keyboard.write(`${typed}\n`);
    expect(await answer).toBe(expected);
  });

  test('is asked again until the answer is understood', async () => {
    const { surroundings, keyboard, screen } = testTerminal({ interactive: true });
    const answer = askYesOrNo(surroundings, 'Su\u001b[31mre?', false);
    await once(screen, 'data');
    keyboard.write('perhaps\n');
    await once(screen, 'data');
    keyboard.write('y\n');
    expect(await answer).toBe(true);
  });

  test('that is left ends the session', async () => {
    const { surroundings, keyboard } = testTerminal({ interactive: true });
    const answer = askYesOrNo(surroundings, 'Sure?', false);
    keyboard.end();
    await expect(answer).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
  });
});

describe('the person at the terminal', () => {
  test('without a person a question is an error, not a wait', async () => {
    const dialogs = terminalInterface(testTerminal().surroundings, false);
    await expect(dialogs.confirm('Sure?', false)).rejects.toMatchObject({ code: 'CALLBACK_NOT_ALLOWED' });
  });

  test('--yes answers, and what is shown is harmless', async () => {
    const terminal = testTerminal();
    const dialogs = terminalInterface(terminal.surroundings, true);
    expect(await dialogs.confirm('Su\u001bre?', false)).toBe(true);
    dialogs.message('\u001b[2Jhello');
    const progress = dialogs.openDialog('begin');
    progress.update('middle');
    progress.close();
    expect(terminal.err).toEqual(['Su␛re? Yes (--yes).', '␛[2Jhello', 'begin', 'middle']);
    expect(terminal.out).toEqual([]);
  });
});

describe('the wish to stop', () => {
  test('an echo of the first signal is the same wish, a second signal ends at once', async () => {
    const clock = new FakeClock();
    const terminal = testTerminal({ clock });
    const stop = new StopWish(terminal.surroundings);
    expect(stop.wished).toBe(false);
    terminal.stop('SIGINT');
    terminal.stop('SIGINT');
    expect(await stop.first).toBe('SIGINT');
    expect(terminal.exits).toEqual([]);
    await clock.advance(1_000);
    terminal.stop('SIGTERM');
    expect(terminal.exits).toEqual([130]);
    stop.end();
    expect(terminal.stopListeners()).toBe(0);
  });

  test('a second one leaves time to stop at once, where that is possible; a third one leaves none', async () => {
    const clock = new FakeClock();
    const terminal = testTerminal({ clock });
    const stop = new StopWish(terminal.surroundings, 2_000);
    terminal.stop('SIGTERM');
    await clock.advance(1_000);
    terminal.stop('SIGTERM');
    terminal.stop('SIGTERM');
    expect(await stop.second).toBe('SIGTERM');
    await clock.advance(1_900);
    expect(terminal.exits).toEqual([]);
    terminal.stop('SIGINT');
    expect(terminal.exits).toEqual([130]);
    stop.end();
  });

  test('what has stopped in time is not ended by force, what is stuck is', async () => {
    const clock = new FakeClock();
    const [inTime, stuck] = [testTerminal({ clock }), testTerminal({ clock })];
    const wishes = [inTime, stuck].map(({ surroundings }) => new StopWish(surroundings, 2_000));
    for (const terminal of [inTime, stuck]) terminal.stop('SIGTERM');
    await clock.advance(1_000);
    for (const terminal of [inTime, stuck]) terminal.stop('SIGTERM');
    await clock.advance(1_000);
    wishes[0]?.end();
    await clock.advance(1_000);
    expect([inTime.exits, stuck.exits]).toEqual([[], [130]]);
    wishes[1]?.end();
  });

  test('a wish of our own counts as the first one', async () => {
    const clock = new FakeClock();
    const terminal = testTerminal({ clock });
    const stop = new StopWish(terminal.surroundings, 2_000);
    stop.wish('Exception');
    stop.wish('Exception');
    expect(await stop.first).toBe('Exception');
    terminal.stop('SIGTERM'); // an echo, as far as anybody can tell
    await clock.advance(1_000);
    terminal.stop('SIGTERM');
    expect(await stop.second).toBe('SIGTERM');
    stop.end();
  });
});

describe('lines of serve', () => {
  const event = {
    id: 'AL0000HE7',
    level: 'warning',
    message: 'Job queue entry errored: 7',
    dimensions: { entryId: 7, reason: 'no \u001b[31m\nluck at postgresql://a:secret@h/d', empty: null },
  } as const;

  function printer(json: boolean, quiet: boolean) {
    const clock = new FakeClock('2026-08-01T12:00:00Z');
    const terminal = testTerminal({ clock });
    const settings = settingsOf({ user: 'A', company: 'C', json }, terminal.surroundings);
    return {
      out: terminal.out,
      printer: new EventPrinter(invocationOf(settings, terminal.surroundings), quiet),
    };
  }

  test('say what the sentence does not, on one line, without secrets', () => {
    const { out, printer: lines } = printer(false, false);
    lines.event(event);
    expect(out).toEqual([
      '2026-08-01T12:00:00.000Z warning AL0000HE7 Job queue entry errored: 7 reason=no ␛[31m ↵ luck at postgresql://a:***@h/d',
    ]);
  });

  test('are objects with --json', () => {
    const { out, printer: lines } = printer(true, false);
    lines.event(event);
    lines.line('hello');
    expect(out.map((line) => JSON.parse(line))).toEqual([
      {
        ...event,
        time: '2026-08-01T12:00:00.000Z',
        dimensions: { ...event.dimensions, reason: 'no \u001b[31m\nluck at postgresql://a:***@h/d' },
      },
      { time: '2026-08-01T12:00:00.000Z', level: 'information', id: null, message: 'hello', dimensions: {} },
    ]);
  });

  test('--quiet keeps warnings and errors', () => {
    const { out, printer: lines } = printer(false, true);
    lines.line('hello');
    lines.event({ ...event, level: 'information' });
    lines.event(event);
    lines.fault('bad');
    expect(out.map((line) => line.split(' ')[1])).toEqual(['warning', 'error']);
  });
});
