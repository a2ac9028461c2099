import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkApplication } from './check-application.ts';
import type { CheckReport } from './finding.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');
/** `// expect: dialog confirm` on the line it is about, `// expect below: …` on the line before. */
const EXPECTATION = /\/\/ expect( below)?: (.+)$/;

/** What the comments in a file say must be found: `file:line kind member`. */
function expectedIn(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const [, below, list] = EXPECTATION.exec(line) ?? [];
    if (list === undefined) return [];
    const number = index + (below === undefined ? 1 : 2);
    return list.split(',').map((one) => `${path.relative(FIXTURES, file)}:${number} ${one.trim()}`);
  });
}

function foundIn({ codeunits, findings }: CheckReport): readonly string[] {
  const all = [...findings, ...codeunits.flatMap((codeunit) => codeunit.findings)];
  const at = ({ file, line }: { readonly file: string; readonly line: number }) =>
    `${path.relative(FIXTURES, file)}:${line}`;
  return all.flatMap((finding) => [
    `${at(finding)} ${finding.kind}${finding.member === null ? '' : ` ${finding.member}`}`,
    ...finding.writes.map((write) => `${at(write)} write`),
  ]);
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort();

const NAMES = readdirSync(FIXTURES).filter((name) => name.endsWith('.ts'));

test.each(NAMES)('%s: exactly what its comments say', (name) => {
  const report = checkApplication(path.join(FIXTURES, name));
  const own = report.files.filter((file) => file.startsWith(FIXTURES));
  expect(unique(foundIn(report))).toEqual(unique(own.flatMap(expectedIn)));
});
