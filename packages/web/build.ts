// Builds the web client unless the present build is of just these sources. `--force` builds in any case.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const OUTPUT = path.join(FOLDER, 'dist');
const STAMP = path.join(FOLDER, 'node_modules', '.nightshift-build');
const LOCK = path.join(FOLDER, 'node_modules', '.nightshift-building');
const SOURCES = [
  'src/**/*',
  'public/**/*',
  'index.html',
  '*.ts',
  'package.json',
  '../client/src/*.ts',
  '../nightshift/openapi.json',
  '../nightshift/src/contract/permissions.ts',
  '../../docs/*.md',
];
/** A build that takes longer has died. */
const LOCK_MS_MAX = 120_000;
const LOOK_MS = 100;

/** What names these sources. */
function digest(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: FOLDER }).sort();
  for (const name of files) {
    const file = path.join(FOLDER, name);
    if (!statSync(file).isFile()) continue;
    hash.update(name).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function isBuilt(wanted: string): boolean {
  const isThere = existsSync(path.join(OUTPUT, 'index.html')) && existsSync(STAMP);
  return isThere && readFileSync(STAMP, 'utf8') === wanted;
}

/** Takes the only place at building; false: another process builds. */
function takeLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    if (existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs > LOCK_MS_MAX)
      rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

async function build(wanted: string): Promise<void> {
  console.error('nightshift: building the web client (some seconds) …');
  // A test that has it built says `test`, and would get the slow half of React that is for its developers.
  process.env['NODE_ENV'] = 'production';
  const { build: vite } = await import('vite');
  await vite({ configFile: path.join(FOLDER, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(STAMP, wanted);
}

async function main(): Promise<void> {
  mkdirSync(path.join(FOLDER, 'node_modules'), { recursive: true });
  let force = process.argv.includes('--force');
  for (;;) {
    const wanted = digest();
    if (!force && isBuilt(wanted)) return;
    if (!takeLock()) {
      await sleep(LOOK_MS);
      continue;
    }
    try {
      await build(wanted);
      force = false;
    } finally {
      rmSync(LOCK, { recursive: true, force: true });
    }
  }
}

await main();
