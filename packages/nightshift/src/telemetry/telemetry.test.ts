import { describe, expect, it } from 'vitest';
import { EVENTS, type EventId, Telemetry, type TelemetryReceiver } from './index.ts';

type Received = Parameters<TelemetryReceiver>[0];

describe('telemetry', () => {
  it('fills the message of the catalogue with the dimensions', () => {
    const received: Received[] = [];
    new Telemetry([(event) => received.push(event)]).emit('LC0040', {
      taskId: 't1',
      codeunit: 'Process $& Orders',
    });
    expect(received).toEqual([
      {
        id: 'LC0040',
        level: EVENTS.LC0040.level,
        message: 'Task t1 created: Process $& Orders',
        dimensions: { taskId: 't1', codeunit: 'Process $& Orders' },
      },
    ]);
  });

  it('leaves a dimension out that is not there', () => {
    const received: string[] = [];
    new Telemetry([({ message }) => received.push(message)]).emit('LC0045', { taskId: 't1', reason: null });
    expect(received).toEqual(['Task t1 failed: : ']);
  });

  it('a receiver that throws harms neither the work nor the other receivers', () => {
    const received: string[] = [];
    const telemetry = new Telemetry([
      () => {
        throw new Error('full disk');
      },
      ({ id }) => received.push(id),
    ]);
    expect(() => telemetry.emit('NS0001', { epoch: 'e', place: 1 })).not.toThrow();
    expect(received).toEqual(['NS0001']);
  });

  it.each(Object.keys(EVENTS) as EventId[])('%s is one line that begins like a sentence', (id) => {
    expect(id).toMatch(/^(?:AL0000|LC00|NS0|RT00)[0-9A-Z]+$/);
    expect(EVENTS[id].message).toMatch(/^[A-Z][^\n]*[^.\s]$/);
  });
});
