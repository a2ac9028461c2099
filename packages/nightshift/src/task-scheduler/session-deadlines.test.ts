import { describe, expect, test } from 'vitest';
import { SessionDeadlines } from './session-deadlines.ts';

describe('the deadlines of sessions', () => {
  test('are seen by the other thread, in whole seconds since the presence began', () => {
    const main = new SessionDeadlines(1_000_000);
    const other = new SessionDeadlines(0, main.memory);
    expect(other.latest()).toBe(null);
    main.begun(2 ** 20 + 1, 1_000_000 + 90_001);
    main.begun(2 ** 20 + 2, 1_000_000 + 60_000);
    expect([other.of(2 ** 20 + 1), other.of(2 ** 20 + 2), other.of(2 ** 20 + 3)]).toEqual([
      91_000,
      60_000,
      null,
    ]);
    expect(other.latest()).toBe(91_000);
    main.ended(2 ** 20 + 1);
    expect([other.of(2 ** 20 + 1), other.latest()]).toEqual([null, 60_000]);
  });

  test('hold the highest session id and 48 hours', () => {
    const deadlines = new SessionDeadlines(0);
    const id = 2_047 * 2 ** 20 + 2 ** 20 - 1;
    deadlines.begun(id, 48 * 3_600_000);
    expect(deadlines.of(id)).toBe(48 * 3_600_000);
  });

  test('of ids that fall on one place do not touch each other', () => {
    const deadlines = new SessionDeadlines(0);
    const clashing = [1, 1_025, 2_049].map((id) => ({ id, ms: id * 1_000 }));
    for (const { id, ms } of clashing) deadlines.begun(id, ms);
    expect(clashing.map(({ id }) => deadlines.of(id))).toEqual(clashing.map(({ ms }) => ms));
    deadlines.ended(1);
    expect(clashing.map(({ id }) => deadlines.of(id))).toEqual([null, 1_025_000, 2_049_000]);
    deadlines.begun(2_049, 5_000);
    deadlines.ended(2_049);
    expect(deadlines.latest()).toBe(1_025_000);
  });

  test('that find no room are not known, and harm nobody', () => {
    const deadlines = new SessionDeadlines(0);
    for (let n = 0; n < 3_000; n++) deadlines.begun(n + 1, 1_000);
    expect(deadlines.of(3_000)).toBe(null);
    for (let n = 0; n < 3_000; n++) deadlines.ended(n + 1);
    expect(deadlines.latest()).toBe(null);
  });
});
