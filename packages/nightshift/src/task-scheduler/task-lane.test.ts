import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { isBefore, LANE_START, type LanePosition, TaskLane } from './task-lane.ts';

const at = (dueSeconds: number, id = 'a'): LanePosition => ({ dueSeconds, id });

/** A read that finds `got` of `asked` tasks, the last of them at `last`. */
function read(lane: TaskLane, asked: number, got: number, last: LanePosition | null): LanePosition {
  const begun = lane.begin();
  lane.end({ ...begun, asked, got, last });
  return begun.from;
}

describe('a lane', () => {
  test('is wanted at first, and until a read finds less than it asked for', () => {
    const lane = new TaskLane(1, new FakeClock());
    expect(lane.wanted).toBe(true);
    read(lane, 10, 10, at(5));
    expect(lane.wanted).toBe(true);
    read(lane, 10, 3, at(6));
    expect(lane.wanted).toBe(false);
  });

  test('is read from where the last read ended', () => {
    const lane = new TaskLane(1, new FakeClock());
    expect(read(lane, 2, 2, at(5, 'b'))).toBe(LANE_START);
    expect(read(lane, 2, 0, null)).toEqual(at(5, 'b'));
    expect(read(lane, 2, 1, at(7))).toEqual(at(5, 'b'));
    expect(lane.floor).toEqual(at(7));
  });

  test('is read from its start when somebody says so, and goes on from where that read ended', () => {
    const lane = new TaskLane(1, new FakeClock());
    read(lane, 2, 2, at(50));
    lane.want(true);
    expect(read(lane, 2, 2, at(3))).toBe(LANE_START);
    expect(lane.floor).toEqual(at(3));
  });

  test('keeps its floor when a read from the start finds little', () => {
    const lane = new TaskLane(1, new FakeClock());
    read(lane, 2, 2, at(50));
    lane.want(true);
    read(lane, 2, 1, at(3));
    expect(lane.floor).toEqual(at(50));
  });

  test('is wanted again by whoever says so while a read is under way', () => {
    const lane = new TaskLane(1, new FakeClock());
    const begun = lane.begin();
    lane.want(true);
    lane.end({ ...begun, asked: 5, got: 1, last: at(9) });
    expect(lane.wanted).toBe(true);
    expect(lane.begin().from).toBe(LANE_START);
  });

  test('is read from its start every two seconds, and again after a read that failed', async () => {
    const clock = new FakeClock();
    const lane = new TaskLane(1, clock);
    read(lane, 2, 2, at(5));
    expect(read(lane, 2, 2, at(6))).toEqual(at(5));
    await clock.advance(2_000);
    expect(read(lane, 2, 2, at(7))).toBe(LANE_START);
    lane.begin();
    lane.failed();
    expect(lane.wanted).toBe(true);
    expect(lane.begin().from).toBe(LANE_START);
  });

  test('whose start is slow to read is read from there more rarely', async () => {
    const clock = new FakeClock();
    const lane = new TaskLane(1, clock);
    lane.want(true);
    const slow = lane.begin();
    await clock.advance(500);
    lane.end({ ...slow, asked: 1, got: 1, last: at(5) });
    await clock.advance(9_000);
    expect(read(lane, 1, 1, at(6))).toEqual(at(5));
    await clock.advance(1_000);
    expect(read(lane, 1, 1, at(7))).toBe(LANE_START);
  });

  test('passes no task that is there, whatever comes and goes', () => {
    const step = fc.record({
      come: fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 5 }),
      asked: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lane = new TaskLane(1, new FakeClock());
        let waiting: LanePosition[] = [];
        let no = 0;
        const claim = (asked: number) => {
          const begun = lane.begin();
          const found = waiting.filter((position) => !isBefore(position, begun.from)).slice(0, asked);
          waiting = waiting.filter((position) => !found.includes(position));
          lane.end({ ...begun, asked, got: found.length, last: found.at(-1) ?? null });
        };
        for (const { come, asked } of steps) {
          for (const due of come) waiting.push(at(due, String(no++).padStart(6, '0')));
          waiting.sort((one, other) => (isBefore(one, other) ? -1 : 1));
          // Whoever creates a task that may lie below the floor says so.
          if (come.length > 0) lane.want(waiting.some((position) => isBefore(position, lane.floor)));
          claim(asked);
        }
        for (let tries = 0; lane.wanted && tries < 500; tries++) claim(3);
        expect(waiting).toEqual([]);
      }),
    );
  });
});
