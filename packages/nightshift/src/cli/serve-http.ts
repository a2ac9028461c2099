import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import type { NightshiftServer } from '../server/index.ts';
import type { EventPrinter } from './event-printer.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';

/** The flags of `serve` that are about HTTP. */
export interface ServeHttpFlags {
  /** False with `--no-http`. */
  readonly http?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly plainHttp?: boolean;
  readonly trustProxy?: readonly string[];
  readonly origin?: readonly string[];
}

const PORT_RANGE = { minimum: 0, maximum: 65_535 };
const HOST_DEFAULT = '127.0.0.1';

/** Adds the flags to a command. */
export function addServeHttpFlags(command: Command): Command {
  return command
    .option('--port <port>', 'listen for HTTP on this port (default: 0, any that is free)')
    .option('--host <address>', `on this address (default: ${HOST_DEFAULT}; others take TLS)`)
    .option('--tls-certificate <file>', 'certificate, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--plain-http', 'listen on other addresses without TLS, behind something that speaks it')
    .option('--trust-proxy <address...>', 'believe X-Forwarded headers from these addresses or networks')
    .option('--origin <url...>', 'take changes also from pages of these origins')
    .option('--no-http', 'do not listen for HTTP');
}

/** A server that listens, or none. */
export interface HttpFace {
  /** Takes no new requests, and waits for those that run, unless it is to be done at once. Idempotent. */
  close(options?: { readonly atOnce?: boolean }): Promise<void>;
}

const NONE: HttpFace = { close: async () => undefined };

/** Listens for HTTP as the flags say. @throws NightshiftError VALIDATION with the field */
export async function listenAsTold(
  invocation: Invocation,
  platform: Platform,
  flags: ServeHttpFlags,
  printer: EventPrinter,
): Promise<HttpFace> {
  if (flags.http === false) return NONE;
  const { clock, workingDirectory } = invocation.surroundings;
  const { trustProxy = [], origin = [], plainHttp = false } = flags;
  const tls = await tlsOf(flags, workingDirectory);
  const server = await newServer(platform, {
    clock,
    trustedProxies: trustProxy,
    origins: origin,
    allowPlainHttp: plainHttp,
    log: (entry) => printer.request(entry),
    ...(tls === null ? {} : { tls }),
  });
  const port = parseRange(flags.port ?? '0', 'port', PORT_RANGE);
  try {
    const address = await server.listen({ port, host: flags.host ?? HOST_DEFAULT });
    printer.line(`HTTP: ${address}/api/docs`);
  } catch (error) {
    await server.close();
    throw listenFailure(error, port);
  }
  return server;
}

/** Loaded only by whoever serves: other commands start faster without it. */
async function newServer(
  ...parts: Parameters<typeof import('../server/index.ts')['createServer']>
): Promise<NightshiftServer> {
  const { createServer } = await import('../server/index.ts');
  return createServer(...parts);
}

async function tlsOf({ tlsCertificate, tlsKey }: ServeHttpFlags, folder: string) {
  if (tlsCertificate === undefined && tlsKey === undefined) return null;
  if (tlsCertificate === undefined || tlsKey === undefined) {
    throw new NightshiftError('VALIDATION', 'TLS takes both --tls-certificate and --tls-key.', {
      field: 'tls',
    });
  }
  const read = (file: string) =>
    readFile(path.resolve(folder, file), 'utf8').catch(() => {
      throw new NightshiftError('VALIDATION', `The file ${file} cannot be read.`, { field: 'tls' });
    });
  return { certificate: await read(tlsCertificate), key: await read(tlsKey) };
}

function listenFailure(error: unknown, port: number): unknown {
  const { code } = Object(error) as { code?: unknown };
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const why = code === 'EADDRINUSE' ? 'is in use' : 'cannot be listened on';
  return new NightshiftError('VALIDATION', `Port ${port} ${why} at that address.`, {
    field: 'port',
    cause: error,
  });
}
