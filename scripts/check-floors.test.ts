import { describe, expect, it } from 'vitest';
import { FLOORS, floorComplaints } from './check-floors.ts';

const SRC = 'packages/nightshift/src';

/** Complaints about files given as path under `packages/nightshift/src` → text. */
function complain(files: Record<string, string>): string[] {
  return floorComplaints(new Map(Object.entries(files).map(([file, text]) => [`${SRC}/${file}`, text])));
}

describe('floors that hold', () => {
  it('lets a folder import a lower one by its door', () => {
    expect(complain({ 'session/session.ts': "import { pool } from '../database/index.ts';" })).toEqual([]);
  });

  it('lets a file import its neighbours in the same folder, also in subfolders', () => {
    const files = {
      'server/app.ts': "import { tasks } from './read-models/tasks.ts';",
      'server/read-models/tasks.ts': '',
    };
    expect(complain(files)).toEqual([]);
  });

  it('lets everyone above import the files of contract one by one', () => {
    expect(complain({ 'server/app.ts': "import type { Wire } from '../contract/tasks.ts';" })).toEqual([]);
  });

  it('lets a test import any door and any file of testing', () => {
    const text = [
      "import { createPlatform } from '../platform/index.ts';",
      "import { FakeClock } from '../testing/fake-clock.ts';",
      "import { codeunit } from '../index.ts';",
    ].join('\n');
    expect(complain({ 'session/session.test.ts': text })).toEqual([]);
  });

  it('lets testing import any door', () => {
    expect(complain({ 'testing/kit.ts': "import { serve } from '../server/index.ts';" })).toEqual([]);
  });

  it('lets the outer door import any door', () => {
    expect(complain({ 'index.ts': "export { serve } from './server/index.ts';" })).toEqual([]);
  });

  it('lets a door for a query builder import that builder’s file, and a test import that door', () => {
    const files = {
      'kysely.ts': "export { kyselyFor } from './query-builders/kysely-session.ts';",
      'query-builders/kysely-session.ts': "import type { Session } from '../session/index.ts';",
      'query-builders/kysely.test.ts': "import { kyselyFor } from '../kysely.ts';",
    };
    expect(complain(files)).toEqual([]);
  });

  it('does not read comments or strings as imports', () => {
    const text =
      "// import { a } from '../server/index.ts';\n/** import { b } from '../cli/index.ts'; */\nconst c = 1;";
    expect(complain({ 'foundation/ids.ts': text })).toEqual([]);
  });
});

describe('floors that are broken', () => {
  it.each([
    [
      'upward',
      'database/pool.ts',
      "import { open } from '../session/index.ts';",
      'database may not import session',
    ],
    [
      'sideways',
      'job-queue/a.ts',
      "import { b } from '../work-items/index.ts';",
      'job-queue may not import work-items',
    ],
    [
      'type-only upward',
      'database/pool.ts',
      "import type { S } from '../session/index.ts';",
      'may not import session',
    ],
    [
      'over several lines',
      'database/pool.ts',
      "import {\n  a,\n  b,\n} from '../cli/index.ts';",
      'may not import cli',
    ],
    [
      're-export upward',
      'foundation/index.ts',
      "export { a } from '../database/index.ts';",
      'may not import database',
    ],
    ['for effect', 'foundation/ids.ts', "import '../telemetry/index.ts';", 'may not import telemetry'],
    [
      'dynamic',
      'foundation/ids.ts',
      "const x = await import('../telemetry/index.ts');",
      'may not import telemetry',
    ],
    [
      'contract from below',
      'foundation/ids.ts',
      "import { a } from '../contract/a.ts';",
      'may not import contract',
    ],
    ['past the door', 'session/a.ts', "import { b } from '../database/pool.ts';", 'import database/index.ts'],
    [
      'a test past the door',
      'session/a.test.ts',
      "import { b } from '../database/pool.ts';",
      'import database/index.ts',
    ],
    [
      'a deeper index',
      'platform/a.ts',
      "import { b } from '../session/thread/index.ts';",
      'import session/index.ts',
    ],
    [
      'fixtures in production',
      'platform/a.ts',
      "import { c } from '../testing/fake-clock.ts';",
      'may not import testing',
    ],
    [
      'fixtures in the outer door',
      'index.ts',
      "export { c } from './testing/kit.ts';",
      'may not import testing',
    ],
    ['the outer door', 'platform/a.ts', "import { c } from '../index.ts';", 'only tests may import'],
    [
      'a query builder in the main door',
      'index.ts',
      "export { kyselyFor } from './query-builders/kysely-session.ts';",
      'only a door of its own',
    ],
    [
      'a query builder from above',
      'platform/a.ts',
      "import { kyselyFor } from '../query-builders/kysely-session.ts';",
      'only a door of its own',
    ],
    ['an unknown folder', 'helpers/a.ts', '', 'the folder helpers is on no floor'],
    [
      'from an unknown folder',
      'session/a.ts',
      "import { b } from '../helpers/index.ts';",
      'may not import helpers',
    ],
    ['a file beside the folders', 'utils.ts', '', 'belongs into a folder'],
    ['out of src', 'session/a.ts', "import { b } from '../../migrations/x.ts';", 'is outside'],
  ])('finds an import: %s', (_, file, text, complaint) => {
    expect(complain({ [file]: text }).join('\n')).toContain(complaint);
  });

  it('finds a ring of files, and tells it once', () => {
    const files = {
      'session/a.ts': "import { b } from './b.ts';",
      'session/b.ts': "import { c } from './c.ts';",
      'session/c.ts': "import type { A } from './a.ts';",
    };
    const [a, b, c] = Object.keys(files).map((file) => `${SRC}/${file}`);
    expect(complain(files)).toEqual([`import cycle: ${a} → ${b} → ${c} → ${a}`]);
  });

  it('finds a file that imports itself', () => {
    expect(complain({ 'session/a.ts': "import { b } from './a.ts';" })).toHaveLength(1);
  });

  it('finds a ring through the door of the own folder', () => {
    const files = {
      'session/a.ts': "import { b } from './index.ts';",
      'session/index.ts': "export { a } from './a.ts';",
    };
    expect(complain(files).join('\n')).toContain('import cycle');
  });
});

describe('other packages', () => {
  const complainIn = (file: string, text: string) => floorComplaints(new Map([[file, text]]));

  it('are imported by name', () => {
    expect(complainIn('examples/order-sync/src/app.ts', "import { defineApp } from 'nightshift';")).toEqual(
      [],
    );
  });

  it.each([
    [
      'examples/order-sync/src/app.ts',
      "import { a } from '../../../packages/nightshift/src/index.ts';",
      'leaves',
    ],
    [
      'examples/order-sync/src/app.ts',
      "import { a } from 'nightshift/src/session/index.ts';",
      'past the door',
    ],
    ['packages/embedded-postgres/src/a.ts', "import { a } from 'nightshift';", 'may not import nightshift'],
    [
      'packages/nightshift/src/cli/a.ts',
      "import { a } from '@nightshift/bench';",
      'may not import @nightshift/bench',
    ],
  ])('are refused in %s: %s', (file, text, complaint) => {
    expect(complainIn(file, text).join('\n')).toContain(complaint);
  });
});

it('has no folder on two floors', () => {
  const folders = FLOORS.flat();
  expect(new Set(folders).size).toBe(folders.length);
});
