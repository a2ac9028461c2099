import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENTS, type EventId } from './index.ts';

const DOCUMENT = new URL('../../../../docs/telemetry.md', import.meta.url);

test('the catalogue of events is what docs/telemetry.md says, row by row', () => {
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const ids = Object.keys(EVENTS).toSorted() as EventId[];
  expect(rows).toEqual(ids.map((id) => `| \`${id}\` | ${EVENTS[id].level} | ${EVENTS[id].message} |`));
});
