import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { codeunit, type Session, type StartedSession, startSession, stopSession } from '../session/index.ts';
import { startChaosProxy } from '../testing/chaos-proxy.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { runCommandLine } from './command-line.ts';
import { type Ran, run, type TestTerminalOptions, testTerminal } from './fixtures/test-terminal.ts';

const GRACE_MS = 200;
const HOSTILE = 'sold \u001b[31mout\u0007\nStop  forged';

const release = Promise.withResolvers<void>();
const sleeper = codeunit({ name: 'Sleeper', onRun: (session) => session.sleep(3_600_000) });
/** Heeds no signal. */
const stubborn = codeunit({ name: 'Stubborn', onRun: () => release.promise });
/** Heeds no signal either, in a platform where much time is left for that. */
const held = new Set<Promise<void>>();
const holding = codeunit({ name: 'Holding', onRun: () => Promise.all(held) });
const failing = codeunit({
  name: 'Failing',
  onRun(session: Session) {
    session.log.warning('about to fail', {});
    throw new Error(HOSTILE, { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
  },
});

let database: TestDatabase;
let world: TestPlatform;
let patient: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  const sessions = { stopGraceMs: GRACE_MS };
  world = await startTestPlatform({ database, codeunits: [sleeper, stubborn, failing], sessions });
  patient = await startTestPlatform({ database, codeunits: [holding], sessions: { stopGraceMs: 600_000 } });
});
afterAll(async () => {
  release.resolve();
  await world.stop();
  await patient.stop();
  await database.drop();
});

const wordsOf = (words: readonly string[]) => ['session', ...words, '--database-url', database.url];
const ns = (words: readonly string[], options: TestTerminalOptions = {}) => run(wordsOf(words), options);
const json = ({ out }: Ran) => JSON.parse(out) as never;
const codeOf = ({ err }: Ran) => (JSON.parse(err) as { error: { code: string; field: string } }).error;
const flush = () => world.platform.instance.host.events.flush();

/** One that runs until the test is over. */
async function sleeping(company?: string): Promise<StartedSession> {
  const session = await startSession(world.admin, sleeper, company === undefined ? {} : { company });
  onTestFinished(async () => {
    await stopSession(world.admin, session.id, 'the test is over');
    await session.finished;
    await flush();
  });
  await session.started;
  return session;
}

async function failed(): Promise<StartedSession> {
  const session = await startSession(world.admin, failing);
  await session.finished;
  await flush();
  return session;
}

describe('session list', () => {
  test('shows what runs on all instances; an empty list says so', async () => {
    expect((await ns(['list'])).out).toBe('No sessions run.');
    expect((await ns(['list', '--json'])).out).toBe('[]');
    const { id, uniqueId } = await sleeping();
    await sleeping('Other');
    const { out, exitCode } = await ns(['list']);
    expect(exitCode).toBe(0);
    const [head, ...rows] = out.split('\n');
    expect(head).toMatch(/^Id +State +Codeunit +User +Company +Client type +Started \(UTC\) +For +Instance$/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(
      new RegExp(`^${id} +Running +Sleeper +ADMIN +CRONUS +background .* \\d+ ms +\\S+:${process.pid}$`),
    );
    expect(json(await ns(['list', '--json']))).toMatchObject([{ id, uniqueId, state: 'Running' }, {}]);
  });

  test('only --company and --user that are given narrow it', async () => {
    await sleeping();
    await sleeping('Other');
    const inOther = await ns(['list', '--company', 'Other', '--json']);
    expect(json(inOther)).toMatchObject([{ company: 'Other' }]);
    expect(json(await ns(['list', '--user', 'ADMIN', '--json']))).toHaveLength(2);
    expect((await ns(['list', '--company', 'Nowhere'])).exitCode).toBe(3);
    await database.query("insert into nightshift.company (name) values ('Empty')");
    const none = await ns(['list', '--company', 'Empty', '--user', 'ADMIN']);
    expect(none.out).toBe('No sessions run of user ADMIN in company Empty.');
  });
});

describe('session show', () => {
  test('tells all of one that runs, by its number or unique id', async () => {
    const { id, uniqueId } = await sleeping();
    for (const name of [String(id), uniqueId.toUpperCase()]) {
      const { out, exitCode } = await ns(['show', name]);
      expect(exitCode).toBe(0);
      expect(out).toMatch(new RegExp(`^Session +${id}\nUnique id +${uniqueId}\n`));
      expect(out).toMatch(/^State +Running$/m);
      expect(out).toMatch(/^Begun by +start-session$/m);
      expect(out).toMatch(/^Events \(UTC\):\n\S+ \S+ {2}Start$/m);
    }
    const view = json(await ns(['show', uniqueId, '--json']));
    expect(view).toMatchObject({ active: { id, state: 'Running' }, events: [{ type: 'Start' }] });
  });

  test('of one that failed: the whole text, the causes, the lines, harmless', async () => {
    const { id, uniqueId } = await failed();
    const { out } = await ns(['show', uniqueId]);
    expect(out).toMatch(/^State +Ended \(Error\)$/m);
    expect(out).toContain('  Error: sold ␛[31mout␇\n    Stop  forged');
    expect(out).toContain('    caused by: refused (ECONNREFUSED)');
    expect(out).toMatch(/^ {2}\S+ \S+ {2}warning {6}about to fail$/m);
    expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(out).not.toContain('session-commands.test.ts');
    expect((await ns(['show', String(id), '--verbose'])).out).toContain('session-commands.test.ts');
    expect((await ns(['show', uniqueId, '--json', '--verbose'])).out).not.toContain('session-commands.test');
  });

  test('an unknown one is exit code 3, and nonsense 2', async () => {
    for (const name of ['99', '01890a5d-ac96-774b-bcce-b302099a8057']) {
      const ran = await ns(['show', name, '--json']);
      expect(ran.exitCode).toBe(3);
      expect(codeOf(ran)).toMatchObject({ code: 'SESSION_UNKNOWN', field: 'id' });
    }
    for (const name of ['first', '2147483648', '1.5', '']) {
      expect((await ns(['show', name])).exitCode, name).toBe(2);
    }
  });

  test('a number that was used again is that of the session that has it now, else of the last one', async () => {
    const insert = (uniqueId: string, at: string) =>
      database.query(
        `insert into nightshift.background_session_event (at, id, type, epoch, session_id, unique_id, client_type,
          origin, user_no, company_no, codeunit, isolation, started_at)
        values ($2, gen_random_uuid(), 'Stop', gen_random_uuid(), 77, $1, 'background', 'task', 1, 1, 'X', 'main', $2)`,
        [uniqueId, at],
      );
    const [older, newer] = ['01890a5d-ac96-774b-bcce-b302099a8001', '01890a5d-ac96-774b-bcce-b302099a8002'];
    await insert(newer, '2026-01-02T00:00Z');
    await insert(older, '2026-01-01T00:00Z');
    expect(json(await ns(['show', '77', '--json']))).toMatchObject({
      active: null,
      events: [{ uniqueId: newer, instance: null }],
    });
    expect((await ns(['show', older])).out).toMatch(/^Instance +–$/m);
  });
});

describe('session stop', () => {
  test('asks first, and says what it would stop', async () => {
    const { id, finished } = await sleeping();
    const refused = await ns(['stop', String(id), '--json']);
    expect(refused.exitCode).toBe(2);
    expect(codeOf(refused)).toMatchObject({ field: 'yes' });
    for (const [answer, exitCode, text] of [
      ['n', 1, 'Nothing was stopped.'],
      ['y', 0, `Sleeper (session ${id}, CRONUS, ADMIN, `],
    ] as const) {
      const terminal = testTerminal({ interactive: true });
      const running = runCommandLine(
        wordsOf(['stop', String(id), '--comment', 'tired']),
        terminal.surroundings,
      );
      const [prompt] = await once(terminal.screen, 'data');
      expect(String(prompt)).toContain(`Stop Sleeper (session ${id}, CRONUS, ADMIN, `);
      terminal.keyboard.write(`${answer}\n`);
      expect(await running).toBe(exitCode);
      expect(terminal.out.join('\n')).toContain(text);
    }
    expect(await finished).toMatchObject({ type: 'Stopped', comment: 'tired' });
    const gone = await ns(['stop', String(id), '--yes', '--json']);
    expect(gone.exitCode).toBe(3);
    expect(json(gone)).toEqual({ id, active: false, end: null });
  });

  test('with --wait says how it ended, by its unique id too', async () => {
    const { uniqueId } = await sleeping();
    const ran = await ns(['stop', uniqueId, '--yes', '--wait', '--comment', 'en\u001bough']);
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(
      /^Session \d+ \(Sleeper\) has ended: Stopped\.\nTold to stop at .+ UTC, ended .+ later\.\n {2}Comment: en␛ough$/,
    );
    expect((await ns(['stop', uniqueId, '--yes'])).exitCode).toBe(3);
  });

  test('one that heeds nothing is killed, lingers, and all of that is shown', async () => {
    const session = await startSession(world.admin, stubborn);
    await session.started;
    const ran = await ns(['stop', String(session.id), '--yes', '--wait', '--comment', 'now']);
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('has ended: Killed.');
    expect(ran.out).toMatch(/Told to stop at .+, killed .+ later, ended .+ later\./);
    expect(ran.out).toContain('Its code may still run');
    await flush();
    expect((await ns(['list'])).out).toMatch(/ Lingering since \S+ \S+ +Stubborn /);
    const lingering = (await ns(['show', String(session.id)])).out;
    expect(lingering).toMatch(/^State +Lingering since /m);
    expect(lingering).toMatch(/^Stop +told to stop at .+ UTC, killed \d+ ms later$/m);
    expect(lingering).toMatch(/^Ended +–$/m);
    release.resolve();
    await until('it is over', async () => (await ns(['list'])).out === 'No sessions run.');
    const over = (await ns(['show', session.uniqueId])).out;
    expect(over).toMatch(/^State +Ended \(Killed\)$/m);
    expect(over).toMatch(/^Stop +told to stop at .+, killed .+ later, ended .+ later$/m);
    expect(over.match(/^\S+ \S+ {2}(Start|Killed|Close)$/gm)).toHaveLength(3);
  });

  test('one that was told to stop is killed before its time is over, and not without that', async () => {
    const go = Promise.withResolvers<void>();
    held.add(go.promise);
    const session = await startSession(patient.admin, holding);
    await session.started;
    const kill = (...more: string[]) => ns(['kill', String(session.id), '--yes', ...more]);
    const early = await kill();
    expect([early.exitCode, early.err]).toEqual([
      4,
      expect.stringContaining(`Session ${session.id} is Running: it has to be asked to stop first.`),
    ]);
    await ns(['stop', String(session.id), '--yes']);
    const ran = await kill('--wait');
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('has ended: Killed.');
    expect(await session.finished).toMatchObject({ type: 'Killed' });
    go.resolve();
    await until('it is over', async () => (await kill()).err.includes('has ended: Close.'));
    expect((await ns(['kill', '5', '--yes'])).err).toContain('There is no session 5 that runs.');
  });

  test('one of an instance that does not answer: its process is named, and --wait waits on', async () => {
    const [{ epoch } = { epoch: '' }] = await database.query<{ epoch: string }>(
      `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks, beat_at)
      values (gen_random_uuid(), 999, 'far', 4711, '0', '{}', false, clock_timestamp() + interval '1 hour')
      returning epoch`,
    );
    const id = 999 * 2 ** 20 + 1;
    await database.query(
      `insert into nightshift.active_session (epoch, session_id, unique_id, client_type, origin, user_no, company_no,
        codeunit, isolation, started_at, state)
      values ($1, $2, gen_random_uuid(), 'background', 'task', 1, 1, 'Far', 'main', now(), 'Running')`,
      [epoch, id],
    );
    onTestFinished(async () => {
      await database.query('delete from nightshift.active_session where epoch = $1', [epoch]);
    });
    const asked = async (...more: string[]) => {
      const clock = new FakeClock(systemClock.now());
      const terminal = testTerminal({ clock });
      const running = runCommandLine(wordsOf(['stop', String(id), '--yes', ...more]), terminal.surroundings);
      await until('nobody has answered', async () => {
        await clock.advance(1_000);
        return terminal.err.length > 0;
      });
      return { running, terminal };
    };
    const plain = await asked();
    expect(await plain.running).toBe(1);
    expect(plain.terminal.err.join('\n')).toContain('Its process is far:4711.');
    expect(plain.terminal.err.join('\n')).toContain('end that process if it does not');
    const waits = await asked('--wait');
    await until('it waits on', () => waits.terminal.err.some((line) => line.includes('waiting for its end')));
    waits.terminal.stop('SIGINT');
    expect(await waits.running).toBe(1);
    expect(waits.terminal.out.join('\n')).toContain('nobody waits for its end any more');
  });

  test('one that is too young to be listed: its end is not taken for that of another one with its number', async () => {
    const { id } = await failed();
    let stopped: Promise<Ran> | null = null;
    const young = world.platform.open(ADMIN, async (session) => {
      // As if the number had been given before.
      const values = [session.id, id];
      await database.query(
        'update nightshift.background_session_event set session_id = $1 where session_id = $2',
        values,
      );
      stopped = ns(['stop', String(session.id), '--yes', '--wait', '--json']);
      await session.sleep(3_600_000);
    });
    await expect(young).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
    const answer = json((await stopped) ?? { exitCode: 1, out: 'null', err: '' });
    expect(answer).toMatchObject({ active: true, end: { type: 'Stopped', codeunit: 'open' } });
  });

  test('one that was never there is not active', async () => {
    for (const name of ['5', '01890a5d-ac96-774b-bcce-b302099a8057']) {
      const ran = await ns(['stop', name, '--yes', '--wait']);
      expect(ran).toMatchObject({ exitCode: 3, out: `Session ${name} is not active.` });
    }
    const long = await ns(['stop', '5', '--yes', '--comment', 'x'.repeat(10_001), '--json']);
    expect(codeOf(long)).toMatchObject({ code: 'VALIDATION', field: 'comment' });
  });
});

describe('session events', () => {
  test('are one a line, newest last, and harmless', async () => {
    const first = await failed();
    const second = await failed();
    const { out, exitCode } = await ns([
      'events',
      '--codeunit',
      'Failing',
      '--type',
      'error',
      '--limit',
      '2',
    ]);
    expect(exitCode).toBe(0);
    const [head, ...lines] = out.split('\n');
    expect(head).toMatch(/^Time \(UTC\) +Type +Session +Codeunit$/);
    expect(lines).toHaveLength(2);
    expect(lines.map((line) => line.split(/ {2,}/).slice(1))).toEqual(
      [first, second].map(({ id }) => [
        'Error',
        String(id),
        'Failing',
        'CRONUS/ADMIN background',
        expect.stringMatching(/^after \d+ ms$/),
        'sold ␛[31mout␇ ↵ Stop',
        'forged',
      ]),
    );
  });

  test('are narrowed by what is given, and by nothing else', async () => {
    const { id, uniqueId } = await failed();
    const count = async (...words: string[]) => (json(await ns(['events', ...words, '--json'])) as []).length;
    expect(await count('--unique', uniqueId.toUpperCase())).toBe(2);
    expect(await count('--unique', uniqueId, '--session', String(id), '--type', 'START,stop')).toBe(1);
    expect(await count('--unique', uniqueId, '--background', '--since', '1h')).toBe(2);
    expect(await count('--unique', uniqueId, '--foreground')).toBe(0);
    expect(await count('--unique', uniqueId, '--since', '2999-01-01')).toBe(0);
    expect(await count('--unique', uniqueId, '--company', 'CRONUS', '--user', 'ADMIN')).toBe(2);
    expect(await count('--unique', uniqueId, '--company', 'Other')).toBe(0);
    expect((await ns(['events', '--codeunit', 'None'])).out).toBe('There are no such session events.');
  });

  test.each([
    [['--type', 'boom'], 'types'],
    [['--session', '-1'], 'sessionId'],
    [['--session', '4294967296'], 'sessionId'],
    [['--unique', 'x'], 'uniqueId'],
    [['--limit', '1001'], 'limit'],
    [['--since', 'yesterday'], 'since'],
    [['--since', '999999999d'], 'since'],
    [['--background', '--foreground'], 'foreground'],
  ])('%j is refused', async (words, field) => {
    const ran = await ns(['events', ...words, '--json']);
    expect(ran.exitCode).toBe(2);
    expect(codeOf(ran)).toMatchObject({ code: 'VALIDATION', field });
  });

  test('--follow goes on with new ones, each once, until Ctrl-C', async () => {
    const old = await failed();
    const clock = new FakeClock(systemClock.now());
    const terminal = testTerminal({ clock });
    const words = wordsOf(['events', '--follow', '--json', '--limit', '1', '--type', 'error']);
    const running = runCommandLine(words, terminal.surroundings);
    const ids = () => terminal.out.map((line) => (JSON.parse(line) as { uniqueId: string }).uniqueId);
    await until('it has begun', () => clock.sleeping > 0);
    expect(ids()).toEqual([old.uniqueId]);
    const expected = [old.uniqueId];
    for (let index = 0; index < 3; index++) {
      expected.push((await failed()).uniqueId);
      await until('it sleeps again', async () => {
        await clock.advance(1_000);
        return ids().length === expected.length;
      });
    }
    expect(ids()).toEqual(expected);
    terminal.stop('SIGINT');
    expect(await running).toBe(0);
    expect(terminal.stopListeners()).toBe(0);
  });

  test('--follow waits for a database that is away, and misses nothing', async () => {
    await using proxy = await startChaosProxy(database.url);
    const clock = new FakeClock(systemClock.now());
    const terminal = testTerminal({ clock });
    const words = ['session', 'events', '--follow', '--type', 'error', '--limit', '1'];
    const running = runCommandLine([...words, '--database-url', proxy.url], terminal.surroundings);
    await until('it has begun', () => clock.sleeping > 0);
    const before = terminal.out.length;
    const advanceUntil = (what: string, check: () => boolean) =>
      until(what, async () => {
        await clock.advance(1_000);
        return check();
      });
    proxy.refuse(true);
    proxy.cutAll();
    await advanceUntil('it waits', () =>
      terminal.err.some((line) => line.includes('Waiting for the database')),
    );
    const { id } = await failed();
    proxy.refuse(false);
    await advanceUntil('the event is told', () => terminal.out.length > before);
    expect(terminal.out.slice(before)).toEqual([expect.stringContaining(`  Error    ${id} `)]);
    expect(terminal.err.filter((line) => line.includes('Waiting'))).toHaveLength(1);
    expect(terminal.err.at(-1)).toBe('The database answers again.');
    terminal.stop('SIGTERM');
    expect(await running).toBe(0);
  });
});
