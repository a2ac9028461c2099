import { createClient } from '@nightshift/client/api';
import { expect, test } from 'vitest';
import { apiKeys } from '../platform/index.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer } from './index.ts';

test('the typed client calls operations, goes over pages, and throws problems', async () => {
  await using kit = await startTestPlatform({
    codeunits: [plain],
    taskScheduler: { enableTaskScheduler: false },
  });
  const server = createServer(kit.platform);
  const scopes = ['company.read', 'entry.read', 'entry.create', 'entry.modify', 'entry.delete'];
  const { key } = await apiKeys.create(kit.admin, { name: 'Client', scopes });
  const client = createClient({ url: await server.listen(), key });
  expect(await client.call('me.get')).toMatchObject({ user: 'ADMIN', signedInBy: 'api-key' });
  const params = { company: 'CRONUS' };
  for (const description of ['one', 'two', 'three'])
    await client.call('jobQueueEntries.create', { params, body: { object: 'Plain', description } });
  const seen: string[] = [];
  for await (const { description } of client.all('jobQueueEntries.list', { params, query: { limit: 2 } }))
    seen.push(description);
  expect(seen).toEqual(['one', 'two', 'three']);
  const { items } = await client.call('jobQueueEntries.list', { params, query: { q: 'TWO' } });
  const { id: entryId = '', version = 0 } = items[0] ?? {};
  const where = { ...params, entryId };
  const changed = await client.call('jobQueueEntries.modify', {
    params: where,
    body: { tags: ['x'] },
    version,
  });
  expect(changed.tags).toEqual(['x']);
  const late = client.call('jobQueueEntries.modify', { params: where, body: { tags: [] }, version });
  await expect(late).rejects.toMatchObject({ name: 'ApiProblem', status: 412, code: 'VERSION_STALE' });
  expect(await client.call('jobQueueEntries.delete', { params: where })).toBeUndefined();
  const key2 = { idempotencyKey: 'again', params, body: { object: 'Plain' } };
  const first = await client.call('jobQueueEntries.create', key2);
  expect((await client.call('jobQueueEntries.create', key2)).id).toBe(first.id);
  await server.close();
});

test('what is no answer of the server is a problem, too', async () => {
  const broken = createClient({
    url: 'http://proxy.example',
    fetch: async () => new Response('<html>', { status: 502, statusText: 'Bad Gateway' }),
  });
  await expect(broken.call('me.get')).rejects.toMatchObject({
    code: 'UNKNOWN',
    status: 502,
    message: 'Bad Gateway',
  });
});
