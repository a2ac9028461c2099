import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI_FOLDER = path.dirname(fileURLToPath(import.meta.url));
const RUNS_FROM_SOURCES = import.meta.url.endsWith('.ts');
/** In the repository; what is published has no such file. */
const WEB_FOLDER = path.join(CLI_FOLDER, '../../../web');
const BUILD = path.join(WEB_FOLDER, 'build.ts');

/** Whether there is a built web client to be served. */
export function hasWebClient(): boolean {
  const folder = RUNS_FROM_SOURCES ? path.join(WEB_FOLDER, 'dist') : path.join(CLI_FOLDER, '../web');
  return existsSync(path.join(folder, 'index.html'));
}

/** When sources run, sees to it that the web client is built, and of the present sources. What is published is built. */
export async function buildWebClient(say: (text: string) => void): Promise<void> {
  if (!RUNS_FROM_SOURCES || !existsSync(BUILD)) return;
  const child = spawn(process.execPath, [BUILD], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.setEncoding('utf8').on('data', (text: string) => say(text.trim()));
  const [code] = await once(child, 'close');
  if (code !== 0) say('The web client could not be built; only the interface for programs is served.');
}
