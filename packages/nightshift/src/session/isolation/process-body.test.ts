import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { until } from '../../testing/condition.ts';
import { residentMemory } from './resident-memory.ts';

const entry = new URL('../../platform/isolated-process.worker.ts', import.meta.url);
const application = new URL('./fixtures/endless-app.ts', import.meta.url);
const left: number[] = [];

afterEach(() => {
  for (const pid of left.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('ends when its server instance is killed, although it loops for ever', async () => {
  const parent = fork(
    new URL('./fixtures/isolate-parent.ts', import.meta.url),
    [entry.href, application.href],
    {
      execArgv: ['--conditions=nightshift-source'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  let printed = '';
  parent.stderr?.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  const child = Number(await until('the process loops', () => /endless (\d+)/.exec(printed)?.[1]));
  left.push(child);
  expect(isAlive(child)).toBe(true);
  expect(printed).toContain(`[isolate ${child}] endless`);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await until('the process is gone', () => !isAlive(child));
});

it('memory is told of processes that live only', async () => {
  if (process.platform === 'linux') expect(await residentMemory(process.pid)).toBeGreaterThan(10);
  expect(await residentMemory(2 ** 30)).toBe(null);
});
