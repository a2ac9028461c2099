import { beforeEach, describe, expect, it } from 'vitest';
import { within } from '../../testing/condition.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Isolate, Tenant } from './isolate.ts';
import type { Death, IsolateBody, IsolateKind } from './isolate-body.ts';
import { ISOLATE_IDLE_MS, ISOLATE_RUNS_MAX, IsolatePool } from './isolate-pool.ts';
import type { FromIsolate, SessionFacts } from './messages.ts';

/** A thread or process that does what the test says. */
class FakeBody implements IsolateBody {
  readonly kind: IsolateKind;
  readonly posted: unknown[] = [];
  readonly #died = Promise.withResolvers<Death>();
  readonly died = this.#died.promise;
  killed = 0;
  stuck = false;
  held = true;
  #receive: (message: unknown) => void = () => undefined;

  constructor(kind: IsolateKind) {
    this.kind = kind;
  }

  readonly channel = {
    post: (message: unknown) => this.posted.push(message),
    onMessage: (receive: (message: unknown) => void) => {
      this.#receive = receive;
    },
    close: () => undefined,
  };

  say(message: FromIsolate | null | string): void {
    this.#receive(message);
  }

  die(death: Death): void {
    this.#died.resolve(death);
  }

  kill(): void {
    this.killed++;
    if (!this.stuck) this.die({ kind: 'signal', signal: 'SIGKILL' });
  }

  hold(holds: boolean): void {
    this.held = holds;
  }

  async watchMemory(): Promise<null> {
    return null;
  }
}

let clock: FakeClock;
let bodies: FakeBody[];
let pool: IsolatePool;

beforeEach(() => {
  clock = new FakeClock();
  bodies = [];
  pool = poolOf(2);
});

function poolOf(idleIsolates: number): IsolatePool {
  return new IsolatePool({
    clock,
    idleIsolates,
    services: new Map(),
    launch: {
      applicationModule: 'file:///app.js',
      threadEntry: '',
      processEntry: '',
      settings: {},
      threadMemoryMb: 1,
      processMemoryMb: 1,
    },
    start: (kind) => {
      const body = new FakeBody(kind);
      bodies.push(body);
      return body;
    },
  });
}

const order = { facts: {} as SessionFacts, codeunit: 'X', record: null };

function tenant(errors: unknown[] = []): Tenant {
  return {
    begun: () => undefined,
    request: () => undefined,
    notice: () => undefined,
    end: () => undefined,
    died: (error) => errors.push(error),
  };
}

/** A session that ends well. */
function useOnce(kind: IsolateKind): Isolate {
  const isolate = pool.take(kind);
  isolate.begin(tenant(), order);
  isolate.release();
  pool.giveBack(isolate);
  return isolate;
}

describe('a pool of isolates', () => {
  it('hands out warm ones of the right kind, the last used first', () => {
    const first = useOnce('thread');
    const process = useOnce('process');
    expect(pool.take('thread')).toBe(first);
    expect(pool.take('process')).toBe(process);
    expect(pool.take('thread')).not.toBe(first);
    expect(bodies).toHaveLength(3);
  });

  it('keeps as many of each kind as it was told, and ends the others', () => {
    const all = [1, 2, 3].map(() => pool.take('thread'));
    for (const isolate of all) pool.giveBack(isolate);
    pool.giveBack(pool.take('process'));
    expect(pool.idle).toBe(3);
    expect(bodies.map(({ killed }) => killed)).toEqual([0, 0, 1, 0]);
    pool = poolOf(0);
    useOnce('thread');
    expect(pool.idle).toBe(0);
  });

  it('ends one that nobody needs for a minute, not one that is in use', async () => {
    const used = pool.take('thread');
    useOnce('thread');
    await clock.advance(ISOLATE_IDLE_MS - 1);
    expect(pool.idle).toBe(1);
    await clock.advance(1);
    expect(pool.idle).toBe(0);
    expect(pool.size).toBe(1);
    pool.giveBack(used);
    await clock.advance(ISOLATE_IDLE_MS - 1);
    expect(pool.take('thread')).toBe(used);
    await clock.advance(ISOLATE_IDLE_MS);
    expect(used.usable).toBe(true);
  });

  it('ends one after a thousand sessions', () => {
    const first = useOnce('thread');
    for (let run = 2; run < ISOLATE_RUNS_MAX; run++) expect(useOnce('thread')).toBe(first);
    expect(first.usable).toBe(true);
    expect(useOnce('thread')).toBe(first);
    expect(first.usable).toBe(false);
    expect(useOnce('thread')).not.toBe(first);
  });

  it('replaces an idle one that died', async () => {
    const first = useOnce('process');
    bodies[0]!.die({ kind: 'exit', code: 0 });
    await first.gone;
    expect(pool.take('process')).not.toBe(first);
    expect(pool.size).toBe(1);
  });

  it('does not keep this process alive by idle ones', () => {
    const isolate = pool.take('thread');
    isolate.begin(tenant(), order);
    expect(bodies[0]!.held).toBe(true);
    isolate.release();
    expect(bodies[0]!.held).toBe(false);
  });

  it('ends all of them when it is closed, and gives out no more', async () => {
    const errors: unknown[] = [];
    useOnce('process');
    pool.take('thread').begin(tenant(errors), order);
    await pool.close();
    expect(bodies.every(({ killed }) => killed === 1)).toBe(true);
    expect(errors).toMatchObject([{ code: 'ISOLATE_DIED' }]);
    expect(() => pool.take('thread')).toThrow(expect.objectContaining({ code: 'PLATFORM_NOT_STARTED' }));
  });

  it('is not held up by one that cannot be ended', async () => {
    pool.take('thread');
    bodies[0]!.stuck = true;
    await within('the pool is closed', pool.close(), 5_000);
  });
});

describe('an isolate', () => {
  it('counts what it says for its present session only', () => {
    const heard: string[] = [];
    const listening: Tenant = {
      ...tenant(),
      request: (id) => heard.push(`request ${id}`),
      notice: () => heard.push('notice'),
      end: () => heard.push('end'),
    };
    const isolate = pool.take('process');
    const { run } = isolate.begin(listening, order);
    const body = bodies[0]!;
    const request = { kind: 'commit' } as const;
    body.say({ kind: 'request', run: run - 1, id: 1, request });
    expect(heard).toEqual([]);
    expect(body.posted.at(-1)).toMatchObject({ kind: 'refusal', id: 1, error: { code: 'SESSION_ENDED' } });
    body.say({ kind: 'request', run, id: 2, request });
    isolate.release();
    body.say({ kind: 'request', run, id: 3, request });
    const nothing = { progress: null, droppedLines: 0, droppedErrors: 0 };
    body.say({ kind: 'end', run, error: null, ...nothing, leftovers: false });
    expect(heard).toEqual(['request 2']);
  });

  it('that says what nobody understands is ignored; one that says what cannot be is ended', () => {
    const errors: unknown[] = [];
    const isolate = pool.take('process');
    isolate.begin(tenant(errors), order);
    const body = bodies[0]!;
    body.say(null);
    body.say('hello');
    body.say({ kind: 'unknown' } as unknown as FromIsolate);
    expect(errors).toEqual([]);
    body.say({ kind: 'unfit' } as FromIsolate);
    expect(errors).toMatchObject([{ code: 'ISOLATE_DIED' }]);
    expect(isolate.usable).toBe(false);
  });

  it('that cannot load the application says why', async () => {
    const isolate = pool.take('thread');
    const error = { kind: 'error', name: 'SyntaxError', message: 'bad', stack: null, code: null } as const;
    const rest = {
      syscall: null,
      field: null,
      details: {},
      fields: {},
      value: null,
      original: null,
      cause: null,
    };
    bodies[0]!.say({ kind: 'unfit', error: { ...error, ...rest } });
    await expect(isolate.ready).rejects.toMatchObject({
      code: 'APPLICATION_INVALID',
      field: 'applicationModule',
      message: 'The application module cannot be loaded in a thread: bad',
    });
    expect(bodies[0]!.killed).toBe(1);
  });
});
