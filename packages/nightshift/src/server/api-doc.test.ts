import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiKeys } from '../platform/index.ts';
import { report } from '../reports/index.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { STAGED_ORDERS } from '../testing/verb-calls-items.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer } from './index.ts';

// The examples of docs/api.md, one after another, against a server that listens. What the page shows of an answer is in it.

const PAGE = new URL('../../../../docs/api.md', import.meta.url);
const EXAMPLE = /```bash\n(curl .+)\n```\n(?:\n```json\n([\s\S]+?)\n```)?/g;

/** The words of a command line, as a shell reads them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plainWord]) => double ?? single ?? plainWord ?? '',
  );
}

async function run(line: string, variables: Readonly<Record<string, string>>) {
  const known = line.replaceAll(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? '');
  const [, ...words] = wordsOf(known);
  const headers: [string, string][] = [];
  let method = 'GET';
  let url = '';
  let body: string | null = null;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-X') method = words.shift() ?? '';
    else if (word === '-d') body = words.shift() ?? '';
    else if (word === '-H')
      headers.push((words.shift() ?? '').split(/: (.+)/).slice(0, 2) as [string, string]);
    else url = word;
  }
  const answer = await fetch(url, { method, headers, ...(body === null ? {} : { body }) });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

test('every example of the page does what it shows', async () => {
  await using kit = await startTestPlatform({
    codeunits: [plain],
    reports: [report({ name: 'Aging', onRun: () => undefined })],
    workItems: [STAGED_ORDERS],
    taskScheduler: { enableTaskScheduler: false },
  });
  const server = createServer(kit.platform);
  const scopes = [
    ...(['company.open', 'company.read', 'entry.read', 'entry.create', 'entry.setReady'] as const),
    ...(['entry.setOnHold', 'item.read', 'approval.read', 'session.start', 'document.read'] as const),
  ];
  const { key } = await apiKeys.create(kit.admin, { name: 'Web shop', scopes });
  const variables: Record<string, string> = { API: await server.listen(), KEY: key };
  const examples = [...readFileSync(PAGE, 'utf8').matchAll(EXAMPLE)];
  expect(examples.length).toBeGreaterThan(5);
  for (const [, line = '', shown] of examples) {
    const { status, json } = await run(line, variables);
    if (shown !== undefined) expect([line, json]).toMatchObject([line, JSON.parse(shown)]);
    if (json['code'] === undefined) expect([line, status < 300]).toEqual([line, true]);
    if (status === 201) variables['ENTRY'] = String(json['id']);
  }
  await server.close();
});
