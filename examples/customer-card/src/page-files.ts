import path from 'node:path';
import { build, type Rolldown } from 'vite';

/** What the server answers, by address. */
export type PageFiles = ReadonlyMap<string, { readonly type: string; readonly body: string | Buffer }>;

const PAGE = path.resolve(import.meta.dirname, '../page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Builds the page, into memory: about a second. */
export async function buildPage(): Promise<PageFiles> {
  const built = (await build({
    root: PAGE,
    configFile: false,
    logLevel: 'warn',
    // The packages of this repository as they are written, not as they were built last.
    resolve: { conditions: ['nightshift-source', 'module', 'browser'] },
    // Whatever the environment says: tests see what people see.
    define: { 'process.env.NODE_ENV': '"production"' },
    oxc: { jsx: { runtime: 'automatic', development: false } },
    build: { write: false, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  })) as Rolldown.RolldownOutput;
  const files = built.output.map((file) => {
    const body = file.type === 'chunk' ? file.code : file.source;
    const type = TYPES[path.extname(file.fileName)] ?? 'application/octet-stream';
    const address = file.fileName === 'index.html' ? '/' : `/${file.fileName}`;
    return [address, { type, body: typeof body === 'string' ? body : Buffer.from(body) }] as const;
  });
  return new Map(files);
}
