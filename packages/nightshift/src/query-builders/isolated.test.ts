import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enterCodeunit, runSession } from '../session/index.ts';
import application, { IN_EACH_PLACE, PLACES } from '../testing/fixtures/query-builder-app.ts';
import { testSessionSpec } from '../testing/session-spec.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

let world: TestPlatform;

beforeAll(async () => {
  const { codeunits, migrations } = application;
  const applicationModule = new URL('../testing/fixtures/query-builder-app.ts', import.meta.url);
  world = await startTestPlatform({ codeunits, migrations, applicationModule });
});
afterAll(() => world.stop());

describe('query builders in a session that runs elsewhere', () => {
  it.each(PLACES)('do the same in: %s', async (isolation) => {
    await world.query('truncate co_1.item');
    const { host } = world.platform.instance;
    const target = IN_EACH_PLACE[PLACES.indexOf(isolation)];
    if (target === undefined) throw new Error('no such place');
    const spec = testSessionSpec(host.clock.now(), { isolation });
    const outcome = await runSession(host, spec, target.name, (session) =>
      enterCodeunit(session, target, undefined),
    );
    expect(outcome).toMatchObject({ kind: 'completed' });
    const row = { price: '1.50', day: '2026-02-28', at: '2026-03-29T01:30:00.123Z', tags: ['a', 'b "c"'] };
    const rows = [
      { id: 1, ...row },
      { id: 3, ...row },
    ];
    expect(outcome.notes.lines.at(-1)?.details).toMatchObject({
      undone: 'Error 22012',
      beside: 'NightshiftError TRANSACTION_CONTROL',
      streamed: rows,
      selected: rows,
    });
    expect(await world.query('select id from co_1.item order by id')).toEqual([{ id: 1 }, { id: 3 }]);
  });
});
