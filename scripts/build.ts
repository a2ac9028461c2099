// Builds the published packages into their dist folders with plain tsc, lowest first.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './source-files.ts';

/** In order of dependence: a package reads the declarations that the ones before it have just built. */
const PACKAGES = ['embedded-postgres', 'client', 'nightshift'];

function build(name: string): boolean {
  const folder = path.join(repositoryRoot, 'packages', name);
  // Left-overs of deleted sources would otherwise be published.
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  const tsc = path.join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(folder, 'tsconfig.build.json')], {
    cwd: repositoryRoot,
    stdio: 'inherit',
  });
  const built = status === 0 && existsSync(path.join(folder, 'dist', 'index.js'));
  console.log(`${name}: ${built ? 'built' : 'not built'}`);
  return built;
}

/** The web client comes with the package that serves it: whoever installs that one has both, of the same release. */
function buildWebClient(): boolean {
  const folder = path.join(repositoryRoot, 'packages', 'web');
  const { status } = spawnSync(process.execPath, [path.join(folder, 'build.ts')], { stdio: 'inherit' });
  const built = status === 0;
  if (built) {
    const target = path.join(repositoryRoot, 'packages', 'nightshift', 'dist', 'web');
    cpSync(path.join(folder, 'dist'), target, { recursive: true });
  }
  console.log(`web: ${built ? 'built' : 'not built'}`);
  return built;
}

process.exitCode = PACKAGES.every(build) && buildWebClient() ? 0 : 1;
