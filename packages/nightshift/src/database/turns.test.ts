import { describe, expect, test } from 'vitest';
import { NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { Turns } from './turns.ts';

const PATIENCE_MS = 30 * SECOND_MS;

function stage(places: number) {
  const clock = new FakeClock();
  const refusal = (kind: string) => new NightshiftError('DATABASE_BUSY', `nothing of ${kind} got on`);
  const turns = new Turns({ clock, places, patienceMs: PATIENCE_MS, refusal });
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  /** Work that ends when the test says so; what became of it as a text. */
  const take = (name: string, kind = 'one') => {
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    const work = () => {
      begun.push(name);
      return end.promise;
    };
    return turns.take(kind, work).catch((error: NightshiftError) => error.message);
  };
  const end = async (name: string, error?: Error) => {
    if (error === undefined) ends.get(name)?.resolve(`${name} done`);
    else ends.get(name)?.reject(error);
    await clock.advance(0);
  };
  return { clock, begun, take, end };
}

describe('turns', () => {
  test('one at a time, in the order in which they came; other kinds do not wait', async () => {
    const { clock, begun, take, end } = stage(1);
    const all = [take('a'), take('b'), take('c'), take('x', 'other')];
    await clock.advance(0);
    expect(begun).toEqual(['a', 'x']);
    await end('a');
    expect(begun).toEqual(['a', 'x', 'b']);
    await end('b');
    await end('c');
    await end('x');
    expect(begun).toEqual(['a', 'x', 'b', 'c']);
    expect(await Promise.all(all)).toEqual(['a done', 'b done', 'c done', 'x done']);
    expect(clock.sleeping).toBe(0);
  });

  test('as many as there are places, and no more, whoever fails', async () => {
    const { clock, begun, take, end } = stage(2);
    const all = [take('a'), take('b'), take('c'), take('d'), take('e')];
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b']);
    await end('b', new Error('b failed'));
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd', 'e']) await end(name);
    expect(await Promise.all(all)).toEqual(['a done', 'b failed', 'c done', 'd done', 'e done']);
    expect(clock.sleeping).toBe(0);
  });

  test('however long it takes, nobody is refused as long as others get on', async () => {
    const { clock, take, end } = stage(1);
    const names = Array.from({ length: 20 }, (_, at) => `work ${at}`);
    const all = names.map((name) => take(name));
    for (const name of names) {
      await clock.advance(PATIENCE_MS - 1);
      await end(name);
    }
    expect(await Promise.all(all)).toEqual(names.map((name) => `${name} done`));
  });

  test('when nothing gets on: who has waited so long is refused and never begins; who came later waits on', async () => {
    const { clock, begun, take, end } = stage(1);
    const stuck = take('stuck');
    const first = take('first');
    await clock.advance(PATIENCE_MS / 2);
    const later = take('later');
    await clock.advance(PATIENCE_MS / 2);
    expect(await first).toBe('nothing of one got on');
    expect(begun).toEqual(['stuck']);
    await end('stuck');
    expect(begun).toEqual(['stuck', 'later']);
    await end('later');
    expect(await Promise.all([stuck, later])).toEqual(['stuck done', 'later done']);
    expect(clock.sleeping).toBe(0);
  });

  test('that somebody has waited in vain in his turn is no sign that others get on', async () => {
    const { clock, take, end } = stage(1);
    const stuck = take('stuck');
    const waiting = [take('a'), take('b'), take('c')];
    await clock.advance(PATIENCE_MS - 1);
    await end('stuck', new NightshiftError('DATABASE_BUSY', 'held by somebody'));
    await clock.advance(1);
    expect(await stuck).toBe('held by somebody');
    expect(await Promise.all(waiting.slice(1))).toEqual(['nothing of one got on', 'nothing of one got on']);
    await end('a');
    expect(await waiting[0]).toBe('a done');
  });

  test('after all were refused the line works as before', async () => {
    const { clock, begun, take, end } = stage(1);
    const stuck = take('stuck');
    const refused = take('refused');
    await clock.advance(PATIENCE_MS);
    expect(await refused).toBe('nothing of one got on');
    const late = take('late');
    await clock.advance(PATIENCE_MS - 1);
    await end('stuck');
    await end('late');
    expect(await Promise.all([stuck, late])).toEqual(['stuck done', 'late done']);
    const again = take('again');
    await end('again');
    expect(await again).toBe('again done');
    expect(begun).toEqual(['stuck', 'late', 'again']);
  });
});
