import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { lazily } from '../foundation/index.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
};
/** What the build puts here has a digest of itself in its name, and never changes. */
const HASHED = '/assets/';
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';
/** Below this, what packing saves is not worth it. */
const PACKED_BYTES_MIN = 1_024;

/** A file of the web client, in memory: the address decides which, and never reaches a file system. */
interface WebFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly packed: () => Buffer | null;
  readonly caching: string;
  readonly etag: string;
}

/** Answers where there is no route, and says whether it did. */
export type Otherwise = (request: FastifyRequest, reply: FastifyReply) => boolean;

const SERVER_FOLDER = path.dirname(fileURLToPath(import.meta.url));

/** Where the build of the web client is: in the package, or beside it in the repository when sources run. */
export const WEB_CLIENT_FOLDER: string = import.meta.url.endsWith('.ts')
  ? path.join(SERVER_FOLDER, '../../../web/dist')
  : path.join(SERVER_FOLDER, '../web');

/**
 * Serves the web client: its files, and its first page for every other address that a browser opens.
 * @returns how to answer for such an address; null: there is no web client in the folder
 */
export function addWebClient(app: FastifyInstance, folder: string): Otherwise | null {
  const files = filesIn(folder);
  const start = files.get('/index.html');
  if (start === undefined) return null;
  for (const [address, file] of files) {
    if (address !== '/index.html') app.get(address, async (request, reply) => send(request, reply, file));
  }
  return (request, reply) => {
    if (!isNavigation(request)) return false;
    send(request, reply, start);
    return true;
  };
}

/** A browser that opens an address takes HTML; a program does not say so. */
function isNavigation({ method, headers, url }: FastifyRequest): boolean {
  const isPage = method === 'GET' || method === 'HEAD';
  return (
    isPage &&
    (headers.accept ?? '').includes('text/html') &&
    !url.startsWith('/api/') &&
    !url.startsWith(HASHED)
  );
}

function send({ headers }: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  reply.headers({ 'cache-control': file.caching, etag: file.etag, vary: 'accept-encoding' });
  if (headers['if-none-match'] === file.etag) return reply.status(304).send();
  reply.status(200).type(file.type);
  const takesPacked = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  const packed = takesPacked ? file.packed() : null;
  if (packed === null) return reply.send(file.bytes);
  return reply.header('content-encoding', 'gzip').send(packed);
}

function filesIn(folder: string): ReadonlyMap<string, WebFile> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const name = path.join(entry.parentPath, entry.name);
        return [`/${path.relative(folder, name).split(path.sep).join('/')}`, fileAt(name)];
      }),
  );
}

function fileAt(name: string): WebFile {
  const bytes = readFileSync(name);
  const isText = !/\.(?:png|woff2)$/.test(name);
  return {
    type: TYPES[path.extname(name)] ?? 'application/octet-stream',
    bytes,
    packed: lazily(() => (isText && bytes.length >= PACKED_BYTES_MIN ? gzipSync(bytes) : null)),
    caching: name.split(path.sep).includes('assets') ? FOR_EVER : ASK_EACH_TIME,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
  };
}
