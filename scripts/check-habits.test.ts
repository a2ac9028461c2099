import { describe, expect, it } from 'vitest';
import { DOOR_FILES_MAX, habitComplaints } from './check-habits.ts';

const DOOR = 'packages/nightshift/src/session/index.ts';

function complain(file: string, text: string, exceptions: Record<string, number> = {}): string[] {
  return habitComplaints(new Map([[file, text]]), exceptions);
}

describe('doors', () => {
  it('re-export names, types and comments', () => {
    const text = [
      '// Sessions',
      "export type { Session } from './session.ts';",
      "export { open, type Opened } from './open.ts';",
      "export {\n  a,\n  b,\n} from './ab.ts';",
    ].join('\n');
    expect(complain(DOOR, text)).toEqual([]);
  });

  it.each([
    ['an open re-export', "export * from './session.ts';"],
    ['a named star', "export * as session from './session.ts';"],
    ['a constant of its own', 'export const LIMIT = 5;'],
    ['an import', "import { a } from './a.ts';"],
    ['a local export', 'export { a };'],
  ])('are refused with %s', (_, text) => {
    expect(complain(DOOR, text).join()).toContain('only re-exports names');
  });

  it('are refused when they grow', () => {
    const lines = (count: number) => "export { a } from './a.ts';\n".repeat(count);
    expect(complain(DOOR, lines(DOOR_FILES_MAX))).toEqual([]);
    expect(complain(DOOR, lines(DOOR_FILES_MAX + 1)).join()).toContain(`at most ${DOOR_FILES_MAX} files`);
  });

  it('of a package may be longer than those of a folder', () => {
    const text = "export { a } from './a/index.ts';\n".repeat(60);
    expect(complain('packages/nightshift/src/index.ts', text)).toEqual([]);
  });
});

describe('worker files', () => {
  it('are not named as TypeScript alone', () => {
    const text = "new Worker(new URL('./beat.worker.ts', import.meta.url));";
    expect(complain('packages/nightshift/src/session/a.ts', text).join()).toContain(
      'does not exist in the build',
    );
    expect(complain('packages/nightshift/src/session/a.test.ts', text)).toEqual([]);
  });
});

describe('exceptions', () => {
  const FILE = 'packages/nightshift/src/session/a.ts';
  const IGNORE = '// biome-ignore lint/suspicious/noExplicitAny: a reason\n';

  it.each([IGNORE, '// @ts-expect-error a reason', '/* v8 ignore next */', '// @ts-nocheck'])(
    'must be listed: %s',
    (text) => {
      expect(complain(FILE, text).join()).toContain('1 times, 0 are listed');
      expect(complain(FILE, text, { [FILE]: 1 })).toEqual([]);
    },
  );

  it('may only shrink', () => {
    expect(complain(FILE, IGNORE, { [FILE]: 2 }).join()).toContain('lower its 2');
    expect(complain(FILE, '', { 'gone.ts': 1 }).join()).toContain('gone.ts: 0 exceptions are left');
  });

  it('are free in tests', () => {
    expect(complain('packages/nightshift/src/session/a.test.ts', IGNORE)).toEqual([]);
  });
});
