import {
  connectLive,
  type LiveChange,
  type LiveDialog,
  type LiveLogLine,
  type LiveOutcome,
  type LiveList as Told,
} from '@nightshift/client/live';
import type { PageLink } from '@nightshift/client/page';
import { expect, test } from 'vitest';
import type { LiveEvent, LiveList } from '../../contract/live.ts';
import { apiKeys, jobQueue } from '../../platform/index.ts';
import { codeunit } from '../../session/index.ts';
import { until } from '../../testing/condition.ts';
import { startTestPlatform } from '../../testing/test-platform.ts';
import { createServer } from '../index.ts';

type Of<Type extends LiveEvent['type']> = Extract<LiveEvent, { type: Type }>;

/** Compiles only while what the client says of the messages is what the contract says. */
export function agreed(event: LiveEvent, list: LiveList, told: Told) {
  const lists: [Told, LiveList] = [list, told];
  const change: LiveChange = event as Of<'change'>;
  const dialog: LiveDialog = event as Of<'dialog'>;
  const outcome: LiveOutcome = (event as Of<'runEnded'>).outcome;
  const lines: readonly LiveLogLine[] = (event as Of<'log'>).lines;
  return { lists, change, dialog, outcome, lines };
}

const asking = codeunit({
  name: 'Asking',
  onRun: async (session) => session.message(`${await session.confirm('Go on?')}`),
});

test('the client of browsers hears of changes and watches a run, also after the server was away', async () => {
  await using kit = await startTestPlatform({
    codeunits: [asking],
    taskScheduler: { enableTaskScheduler: false },
  });
  const { key } = await apiKeys.create(kit.admin, { name: 'Live', scopes: ['entry.read', 'entry.runOnce'] });
  let server = createServer(kit.platform);
  const url = await server.listen();
  const { id } = await jobQueue.create(kit.admin, { object: 'Asking' });
  const live = connectLive({ url, key });
  try {
    const link: PageLink = live;
    expect(link.now()).toBeGreaterThan(0);
    const changes: LiveChange[] = [];
    live.subscribe({ list: 'jobQueueEntries', company: 'CRONUS' }, (change) => changes.push(change));
    await until('it was told to read', () => changes.length === 1);
    await jobQueue.modify(kit.admin, id, { description: 'one' });
    await until('the change was told', () => changes.at(-1)?.rows?.[0]?.version === 2);

    const said: string[] = [];
    live.onRun({
      dialog: ({ dialog }) => live.answer(dialog, true),
      message: ({ text }) => said.push(text),
      runEnded: ({ run }) => said.push(run),
    });
    const answer = await fetch(`${url}/api/v1/companies/CRONUS/jobQueueEntries/${id}/actions/runOnce`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ connection: live.connection }),
    });
    expect(answer.status).toBe(202);
    const { runId } = (await answer.json()) as { runId: string };
    await until('the run ended', () => said.length === 2);
    expect(said).toEqual(['true', runId]);

    await server.close();
    await until('it was noticed', () => live.state === 'polling');
    await jobQueue.modify(kit.admin, id, { description: 'two' });
    server = createServer(kit.platform);
    await server.listen({ port: Number(new URL(url).port) });
    await until('what was missed was told', () =>
      changes.some(({ rows }) => rows?.some(({ version }) => version === 3)),
    );
  } finally {
    live.close();
    await server.close({ atOnce: true });
  }
});
