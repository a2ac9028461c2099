import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { isRoot, NOBODY } from './access.ts';
import { makeDataDirectory, query, startChild, until } from './fixtures/setup.ts';
import { startEmbeddedPostgres, statusOfEmbeddedPostgres, stopEmbeddedPostgres } from './index.ts';
import { findProcess } from './process-life.ts';

test('a server outlives the kill -9 of its process and is adopted', async () => {
  const dataDirectory = await makeDataDirectory();
  const child = startChild({ dataDirectory });
  const first = await child.next();
  await child.kill();

  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(server).toMatchObject({ adopted: true, pid: first['pid'] });
  await until('the killed user is gone from the server', () => server.release());
});

test('Ctrl-C and SIGTERM to the whole process group do not reach the server', async () => {
  const dataDirectory = await makeDataDirectory();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = startChild({ dataDirectory });
    const server = await child.next();
    const exited = once(child.process, 'exit');
    process.kill(-child.pid, signal);
    await exited;
    expect(await query(String(server['url']), 'select 1 as one')).toEqual([{ one: 1 }]);
  }
});

test('Ctrl-C while the server starts does not stop the start', async () => {
  const dataDirectory = await makeDataDirectory();
  const child = startChild({ dataDirectory });
  await until('the data is there', () => existsSync(path.join(dataDirectory, 'postmaster.pid')));
  process.kill(-child.pid, 'SIGINT');
  await once(child.process, 'exit');
  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(server.adopted).toBe(true);
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a process killed in the middle of initdb leaves nothing that hinders', async () => {
  const dataDirectory = await makeDataDirectory();
  const parent = path.dirname(dataDirectory);
  const child = startChild({ dataDirectory });
  const isHalf = (name: string): boolean => name.startsWith('postgres.init-') && !name.endsWith('.password');
  await until('initdb has begun', async () => {
    const half = (await fs.readdir(parent)).find(isHalf);
    return half !== undefined && existsSync(path.join(parent, half, 'PG_VERSION'));
  });
  process.kill(-child.pid, 'SIGKILL');
  expect(existsSync(dataDirectory)).toBe(false);

  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(server.adopted).toBe(false);
  await until('no leftovers lie about', async () => !(await fs.readdir(parent)).some(isHalf));
});

test('after kill -9 of the server, even with a busy backend, the next start works and keeps the data', async () => {
  const dataDirectory = await makeDataDirectory();
  const first = await startEmbeddedPostgres({ dataDirectory });
  await query(first.url, 'create table kept as select 7 as id');
  const busy = query(first.url, 'select count(*) from generate_series(1, 12000000) g').catch(() => {});
  await until('the backend is busy', async () => {
    const rows = await query(
      first.url,
      "select 1 from pg_stat_activity where query like '%generate_series%12000000%'",
    );
    return rows.length > 1;
  });
  process.kill(first.pid, 'SIGKILL');
  await until('the server is dead', async () => (await findProcess(first.pid)) === null);
  expect(existsSync(path.join(dataDirectory, 'postmaster.pid'))).toBe(true);

  const second = await startEmbeddedPostgres({ dataDirectory });
  expect(second.adopted).toBe(false);
  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.url, 'select * from kept')).toEqual([{ id: 7 }]);
  expect(await first.release()).toBe(false);
  await busy;
});

/** Fakes a crash: a stopped server whose `postmaster.pid` is still there and names this process. */
async function leavePidFile(dataDirectory: string, pid: number): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDirectory });
  const file = path.join(dataDirectory, 'postmaster.pid');
  const text = await fs.readFile(file, 'utf8');
  await server.stop();
  await fs.writeFile(file, text.replace(/^\d+/, String(pid)), { mode: 0o600 });
  if (isRoot()) await fs.chown(file, NOBODY.uid, NOBODY.gid);
}

const serverAccount = isRoot() ? NOBODY : {};

test('a stale postmaster.pid with the number of another process of the same user does not hinder', async () => {
  const dataDirectory = await makeDataDirectory();
  const other = spawn('sleep', ['1000'], serverAccount);
  onTestFinished(() => {
    other.kill('SIGKILL');
  });
  await once(other, 'spawn');
  await leavePidFile(dataDirectory, other.pid!);

  expect((await statusOfEmbeddedPostgres({ dataDirectory })).state).toBe('stopped');
  expect(await stopEmbeddedPostgres({ dataDirectory })).toBe(false);
  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(server.adopted).toBe(false);
  expect(await findProcess(other.pid!)).not.toBe(null);
});

test.skipIf(process.platform !== 'linux')(
  'a stale postmaster.pid with the number of a zombie does not hinder',
  async () => {
    const dataDirectory = await makeDataDirectory();
    // The shell becomes `sleep`, which never asks how its child ended. The shell would: until it is gone, the child waits for a line.
    const script = 'exec 3<&0; { read line <&3; } & echo $!; exec sleep 1000';
    const parent = spawn('sh', ['-c', script], serverAccount);
    onTestFinished(() => {
      parent.kill('SIGKILL');
    });
    const [chunk] = await once(parent.stdout, 'data');
    const zombie = Number(String(chunk));
    const parentIs = () => fs.readFile(`/proc/${parent.pid}/comm`, 'utf8');
    await until('the shell is gone', async () => (await parentIs()).trim() === 'sleep');
    parent.stdin.end();
    await until('it is a zombie', async () =>
      (await fs.readFile(`/proc/${zombie}/stat`, 'utf8')).includes(') Z '),
    );
    expect(process.kill(zombie, 0)).toBe(true);
    await leavePidFile(dataDirectory, zombie);

    expect((await statusOfEmbeddedPostgres({ dataDirectory })).state).toBe('stopped');
    const server = await startEmbeddedPostgres({ dataDirectory });
    expect(server.adopted).toBe(false);
  },
);

test('an empty postmaster.pid does not hinder', async () => {
  const dataDirectory = await makeDataDirectory();
  await leavePidFile(dataDirectory, 1);
  await fs.truncate(path.join(dataDirectory, 'postmaster.pid'));
  expect((await startEmbeddedPostgres({ dataDirectory })).adopted).toBe(false);
});
