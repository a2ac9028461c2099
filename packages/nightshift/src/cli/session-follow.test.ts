import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND_MS } from '../foundation/index.ts';
import type { SessionEvent, SessionEventFilter } from '../session/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { FOLLOW_MS } from './keep-looking.ts';
import { EventFollower, OVERLAP_MS } from './session-follow.ts';

const START = Date.parse('2026-08-01T12:00:00Z');

/** A table of events, newest first, with the filters that a follower uses. */
class Table {
  readonly events: SessionEvent[] = [];
  reads = 0;
  #made = 0;

  add(at: number): string {
    const eventId = String(this.#made++).padStart(6, '0');
    this.events.push({ at: new Date(at), eventId } as SessionEvent);
    return eventId;
  }

  async read({ since, before, limit = 100 }: SessionEventFilter): Promise<readonly SessionEvent[]> {
    this.reads++;
    return this.events
      .filter(({ at }) => since === undefined || at >= since)
      .filter((event) => before === undefined || compare(event, before) < 0)
      .sort((one, other) => compare(other, one))
      .slice(0, limit);
  }
}

type Key = Pick<SessionEvent, 'at' | 'eventId'>;
const compare = (one: Key, other: Key) =>
  one.at.getTime() - other.at.getTime() || (one.eventId < other.eventId ? -1 : one === other ? 0 : 1);

function setup(filter: { since?: Date } = {}, clockMs = START) {
  const clock = new FakeClock(new Date(clockMs));
  const table = new Table();
  const follower = new EventFollower({ read: (wanted) => table.read(wanted), filter, clock });
  return { clock, table, follower };
}

const idsOf = (events: readonly SessionEvent[]) => events.map(({ eventId }) => eventId);

describe('events that are followed', () => {
  test('begin with the newest, and what the limit cut off is not told later', async () => {
    const { table, follower, clock } = setup();
    for (let index = 0; index < 5; index++) table.add(START - 5 + index);
    expect(idsOf(await follower.begin(2))).toEqual(['000003', '000004']);
    await clock.advance(FOLLOW_MS);
    expect(await follower.next()).toEqual([]);
    table.add(START + 1);
    expect(idsOf(await follower.next())).toEqual(['000005']);
    expect(await follower.next()).toEqual([]);
  });

  test('come once and in order, also more than a page of them, and those of one millisecond', async () => {
    const { table, follower, clock } = setup();
    expect(await follower.begin(10)).toEqual([]);
    await clock.advance(FOLLOW_MS);
    const added = Array.from({ length: 2_500 }, () => table.add(START + 500));
    expect(idsOf(await follower.next())).toEqual(added);
    expect(await follower.next()).toEqual([]);
  });

  test('what becomes visible while it begins is told, once, in the beginning or after it', async () => {
    for (const gap of [1, 2, 3]) {
      const { table, follower } = setup();
      table.add(START - 1);
      const read = table.read.bind(table);
      const added: string[] = [];
      table.read = async (filter) => {
        const answer = await read(filter);
        // One that was written late, and a new one.
        if (table.reads === gap) added.push(table.add(START - 2), table.add(START));
        return answer;
      };
      const told = idsOf(await follower.begin(10));
      told.push(...idsOf(await follower.next()));
      expect(told.toSorted(), `after read ${gap}`).toEqual(['000000', ...added]);
    }
  });

  test('not before --since, whatever becomes visible', async () => {
    const { table, follower } = setup({ since: new Date(START) });
    await follower.begin(10);
    table.add(START - 1);
    table.add(START);
    expect(idsOf(await follower.next())).toEqual(['000001']);
  });

  test('a read that fails loses nothing, however long it fails', async () => {
    const { table, follower, clock } = setup();
    const first = table.add(START);
    await follower.begin(10);
    const read = table.read.bind(table);
    table.read = () => Promise.reject(new Error('away'));
    const added: string[] = [];
    for (let minute = 1; minute < 60; minute++) {
      await clock.advance(60 * SECOND_MS);
      added.push(table.add(START + minute * 60 * SECOND_MS));
      await expect(follower.next()).rejects.toThrow('away');
    }
    table.read = read;
    const told = idsOf(await follower.next());
    expect(told).toEqual(added);
    expect(told).not.toContain(first);
  });

  test.each([
    ['behind', -4 * 60 * SECOND_MS],
    ['ahead', 4 * 60 * SECOND_MS],
  ])('a clock of this machine that is %s of those of the instances misses nothing', async (_, off) => {
    const { table, follower, clock } = setup({}, START + off);
    table.add(START);
    await follower.begin(10);
    const told: string[] = [];
    const added: string[] = [];
    for (let second = 1; second < 600; second++) {
      await clock.advance(SECOND_MS);
      added.push(table.add(START + second * SECOND_MS));
      told.push(...idsOf(await follower.next()));
    }
    expect(told).toEqual(added);
  });

  test('the wall clock may jump back', async () => {
    const { table, follower, clock } = setup();
    table.add(START);
    await follower.begin(10);
    clock.at(new Date(START - 3_600 * SECOND_MS));
    const added = [table.add(START + 1)];
    const told = idsOf(await follower.next());
    added.push(table.add(START + 2));
    told.push(...idsOf(await follower.next()));
    clock.at(new Date(START + 3 * SECOND_MS));
    told.push(...idsOf(await follower.next()));
    expect(told).toEqual(added);
  });

  test('written late, by up to the overlap, in any order: each exactly once', async () => {
    const events = fc.array(
      fc.record({ at: fc.nat({ max: 60_000 }), late: fc.nat({ max: OVERLAP_MS - FOLLOW_MS }) }),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(events, async (planned) => {
        const { table, follower, clock } = setup();
        const told = idsOf(await follower.begin(10));
        const waiting = [...planned].sort((one, other) => one.at + one.late - (other.at + other.late));
        for (let ms = 0; ms <= 90_000; ms += FOLLOW_MS) {
          await clock.advance(FOLLOW_MS);
          while (waiting[0] !== undefined && waiting[0].at + waiting[0].late <= ms) {
            table.add(START + (waiting.shift()?.at ?? 0));
          }
          told.push(...idsOf(await follower.next()));
        }
        expect(told.toSorted()).toEqual(idsOf(table.events).toSorted());
      }),
      { numRuns: 50 },
    );
  });
});
