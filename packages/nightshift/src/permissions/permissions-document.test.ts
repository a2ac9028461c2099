import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUILT_IN_SETS, reachOf, VERBS, type Verb } from '../contract/permissions.ts';

const DOCUMENT = new URL('../../../../docs/permissions.md', import.meta.url);
const SETS = BUILT_IN_SETS.filter((set) => set !== 'SUPER');

function row(verb: Verb): string {
  const { what, everyone, allCompanies, schedules, audited } = VERBS[verb];
  const notes = [
    ...(allCompanies ? ['for all companies'] : []),
    ...(schedules ? ['schedules'] : []),
    ...(audited ? [] : ['not in the audit log']),
  ].join('; ');
  const cells = [`\`${verb}\``, what, everyone ?? '', ...SETS.map((set) => reachOf(verb, set) ?? ''), notes];
  return cells.reduce((line, cell) => `${line}${cell === '' ? ' |' : ` ${cell} |`}`, '|');
}

test('docs/permissions.md says who may use which verb, as the list of verbs does', () => {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  const heading = lines.findIndex((line) => line.startsWith('| Verb |'));
  expect(lines[heading]).toBe(`| Verb | Who has it may | Everyone | ${SETS.join(' | ')} | Notes |`);
  expect(lines.slice(heading + 2).filter((line) => line !== '')).toEqual(
    (Object.keys(VERBS) as Verb[]).map(row),
  );
});
