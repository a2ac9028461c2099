import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Service, serviceOf } from './service.ts';

/** A service that says what happens to it and checks that its halves never overlap. */
function probe(faults: { start?: () => Promise<void>; stop?: () => Promise<void> } = {}) {
  const steps: string[] = [];
  let state: 'stopped' | 'starting' | 'started' | 'stopping' = 'stopped';
  const service = serviceOf('probe', {
    async start(signal) {
      expect(state).toBe('stopped');
      state = 'starting';
      steps.push('start');
      try {
        await Promise.resolve();
        await faults.start?.();
      } catch (error) {
        state = 'stopped';
        throw error;
      }
      state = 'started';
      if (signal.aborted) steps.push('aborted');
    },
    async stop() {
      if (state !== 'stopped') expect(state).toBe('started');
      state = 'stopping';
      steps.push('stop');
      try {
        await Promise.resolve();
        await faults.stop?.();
      } finally {
        state = 'stopped';
      }
    },
  });
  return { service, steps, state: () => state };
}

/** A door that lets through when the test says so. */
function door() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  return { pass: () => promise, open: resolve, break: () => reject(new Error('broken')) };
}

describe('the contract of services', () => {
  it('starts once and stops once, however often it is told', async () => {
    const { service, steps, state } = probe();
    await Promise.all([service.start(), service.start(), service.start()]);
    await service.start();
    expect(state()).toBe('started');
    await Promise.all([service.stop(), service.stop()]);
    await service.stop();
    expect(state()).toBe('stopped');
    expect(steps).toEqual(['start', 'stop']);
  });

  it('a stop before any start does nothing', async () => {
    const { service, steps } = probe();
    await service.stop();
    expect(steps).toEqual([]);
  });

  it('a second start waits for the first', async () => {
    const gate = door();
    const { service, state } = probe({ start: gate.pass });
    void service.start();
    const second = service.start();
    gate.open();
    await second;
    expect(state()).toBe('started');
  });

  it('starts again after a stop, and waits for that stop', async () => {
    const gate = door();
    const { service, steps } = probe({ stop: gate.pass });
    await service.start();
    const stopped = service.stop();
    const again = service.start();
    gate.open();
    await Promise.all([stopped, again]);
    expect(steps).toEqual(['start', 'stop', 'start']);
  });

  it('a stop during the start aborts the signal, and stops what was started', async () => {
    const gate = door();
    const { service, steps, state } = probe({ start: gate.pass });
    const starting = service.start();
    const stopping = service.stop();
    gate.open();
    await Promise.all([starting, stopping]);
    expect(steps).toEqual(['start', 'aborted', 'stop']);
    expect(state()).toBe('stopped');
  });

  it('a start that failed is told to everyone who waited, and can be tried again', async () => {
    let faults = 2;
    const { service, steps, state } = probe({
      start: async () => {
        if (faults-- > 0) throw new Error('no');
      },
    });
    const first = await Promise.allSettled([service.start(), service.start()]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(service.start()).rejects.toThrow('no');
    await service.start();
    expect(state()).toBe('started');
    expect(steps).toEqual(['start', 'start', 'start']);
    await service.stop();
  });

  it('a start that fails after stop and start does not make the second one forgotten', async () => {
    const gate = door();
    let starts = 0;
    const { service, steps, state } = probe({
      start: async () => {
        if (starts++ === 0) await gate.pass();
      },
    });
    const first = service.start();
    const stopped = service.stop();
    const second = service.start();
    gate.break();
    await expect(first).rejects.toThrow('broken');
    await Promise.all([stopped, second]);
    expect(state()).toBe('started');
    await service.stop();
    expect(steps).toEqual(['start', 'stop', 'start', 'stop']);
  });

  it('a stop that failed is told, and does not keep it from starting again', async () => {
    let faults = 1;
    const { service, steps } = probe({
      stop: async () => {
        if (faults-- > 0) throw new Error('stuck');
      },
    });
    await service.start();
    await expect(service.stop()).rejects.toThrow('stuck');
    await service.start();
    await service.stop();
    expect(steps).toEqual(['start', 'stop', 'start', 'stop']);
  });

  it('whatever the order of calls and faults, it ends stopped and each stop follows its start (stress)', async () => {
    const call = fc.constantFrom<'start' | 'stop' | 'wait'>('start', 'stop', 'wait');
    const plan = fc.tuple(fc.array(call, { maxLength: 20 }), fc.infiniteStream(fc.boolean()));
    await fc.assert(
      fc.asyncProperty(plan, async ([calls, failing]) => {
        const { service, steps, state } = probe({
          start: async () => {
            if (failing.next().value === true) throw new Error('no');
          },
        });
        await settleAll(service, calls);
        await service.stop().catch(() => undefined);
        expect(state()).toBe('stopped');
        const begun = steps.filter((step) => step === 'start').length;
        const ended = steps.filter((step) => step === 'stop').length;
        expect(ended).toBeLessThanOrEqual(begun);
      }),
      { numRuns: 200 },
    );
  });
});

async function settleAll(service: Service, calls: readonly ('start' | 'stop' | 'wait')[]): Promise<void> {
  const under: Promise<void>[] = [];
  for (const call of calls) {
    if (call === 'start') under.push(service.start());
    else if (call === 'stop') under.push(service.stop());
    else await Promise.allSettled(under);
  }
  await Promise.allSettled(under);
}
