import { promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ageInMs, deadlineIn, sleep } from './clock.ts';
import { EmbeddedPostgresError, nullWhen } from './errors.ts';
import { findProcess } from './process-life.ts';

/**
 * The lock on a data folder: one process at a time makes, starts, adopts or stops its server.
 *
 * Node has no `flock`, so the lock is a folder with numbered files. The file with the highest number is the present
 * holder, unless `<number>.released` lies beside it or its process is dead; then whoever makes the next number
 * (exclusively) holds the lock. The highest number is never removed, so two processes that both found a dead holder
 * cannot both take over, as happens with a lock file that is deleted and made again.
 */

/** How long to wait for another process; longer than making and starting a server may take. */
export const LOCK_WAIT_MS = 180_000;

/** A holder older than this is not believed, in case its process number now belongs to somebody else. */
export const LOCK_AGE_MAX_MS = 600_000;

const POLL_MS = 25;

/** A holder writes its name right after it made the file; this long it may take. */
const UNSIGNED_AGE_MAX_MS = 5_000;

/**
 * Runs `work` while holding the lock; survives holders that were killed.
 *
 * @throws EmbeddedPostgresError `LOCK_TIMEOUT` when another process holds it for more than `waitMs`
 */
export async function withLock<T>(
  lockDirectory: string,
  work: () => Promise<T>,
  waitMs = LOCK_WAIT_MS,
): Promise<T> {
  await fs.mkdir(lockDirectory, { recursive: true });
  const deadline = deadlineIn(waitMs);
  for (;;) {
    const mine = await tryToTake(lockDirectory);
    if (mine !== null) {
      try {
        return await work();
      } finally {
        await fs.writeFile(path.join(lockDirectory, `${mine}.released`), '');
      }
    }
    if (deadline.passed()) throw await timeoutError(lockDirectory, waitMs);
    await sleep(POLL_MS);
  }
}

/** Our number when we hold the lock now, null when somebody else does. */
async function tryToTake(lockDirectory: string): Promise<number | null> {
  const before = await highestNumber(lockDirectory);
  if (before > 0 && (await isHeld(lockDirectory, before))) return null;
  const mine = before + 1;
  const file = path.join(lockDirectory, String(mine));
  const handle = await nullWhen(['EEXIST'], fs.open(file, 'wx', 0o644));
  if (handle === null) return null;
  try {
    const self = await findProcess(process.pid);
    await handle.writeFile(`${process.pid} ${self?.startMark ?? '-'}\n`);
  } finally {
    await handle.close();
  }
  // Somebody faster may have passed this number and tidied it away before we made it again.
  if ((await highestNumber(lockDirectory)) !== mine) {
    await fs.rm(file, { force: true });
    return null;
  }
  await removeBelow(lockDirectory, mine);
  return mine;
}

async function isHeld(lockDirectory: string, number: number): Promise<boolean> {
  const file = path.join(lockDirectory, String(number));
  if (
    (await nullWhen(
      ['ENOENT'],
      fs.access(`${file}.released`).then(() => true),
    )) === true
  )
    return false;
  const stats = await nullWhen(['ENOENT'], fs.stat(file));
  // Gone: somebody has a higher number by now. The caller looks again.
  if (stats === null) return true;
  const age = ageInMs(stats.mtimeMs);
  if (age > LOCK_AGE_MAX_MS) return false;
  const [pid, startMark] = ((await nullWhen(['ENOENT'], fs.readFile(file, 'utf8'))) ?? '').trim().split(' ');
  if (pid === undefined || startMark === undefined) return age < UNSIGNED_AGE_MAX_MS;
  const holder = await findProcess(Number(pid));
  if (holder === null) return false;
  return holder.startMark === null || startMark === '-' || holder.startMark === startMark;
}

async function highestNumber(lockDirectory: string): Promise<number> {
  const names = await fs.readdir(lockDirectory);
  return Math.max(0, ...names.filter((name) => /^\d+$/.test(name)).map(Number));
}

async function removeBelow(lockDirectory: string, number: number): Promise<void> {
  for (const name of await fs.readdir(lockDirectory)) {
    if (/^\d+(\.released)?$/.test(name) && Number.parseInt(name, 10) < number) {
      await fs.rm(path.join(lockDirectory, name), { force: true });
    }
  }
}

async function timeoutError(lockDirectory: string, waitMs: number): Promise<EmbeddedPostgresError> {
  const holder = path.join(lockDirectory, String(await highestNumber(lockDirectory)));
  const pid = ((await nullWhen(['ENOENT'], fs.readFile(holder, 'utf8'))) ?? '').split(' ')[0];
  return new EmbeddedPostgresError(
    'LOCK_TIMEOUT',
    `Process ${pid} has been busy with this data folder for more than ${waitMs / 1000} s. ` +
      'Wait until it is done, or end it and try again.',
    { path: lockDirectory },
  );
}
