import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { HOUR_MS, MINUTE_MS, NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import type { NightshiftServer, ServerOptions } from '../server/index.ts';
import type { EventPrinter } from './event-printer.ts';
import type { Invocation } from './invocation.ts';
import { parseDuration, parseRange } from './parsing.ts';
import { VARIABLES } from './settings.ts';
import { buildWebClient, hasWebClient } from './web-client-build.ts';

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
  readonly publicUrl?: string;
  readonly oidcIssuer?: string;
  readonly oidcClientId?: string;
  readonly oidcSecondFactor?: boolean;
  readonly signedInIdle?: string;
  readonly signedInMaximum?: string;
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
    .option('--public-url <url>', 'where browsers reach the server, for signing in by --oidc-issuer')
    .option(
      '--oidc-issuer <url>',
      `provider of OpenID Connect by which people sign in; its secret in ${VARIABLES.oidcSecret}`,
    )
    .option('--oidc-client-id <id>', 'as what the server is known there')
    .option('--oidc-second-factor', 'the provider asks for a second factor: administrators may sign in by it')
    .option('--signed-in-idle <duration>', 'sign people out after so long without a request (default: 30m)')
    .option('--signed-in-maximum <duration>', 'and in any case after (default: 12h)')
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
  await buildWebClient((text) => printer.line(text));
  const server = await newServer(platform, {
    clock,
    trustedProxies: trustProxy,
    origins: origin,
    allowPlainHttp: plainHttp,
    log: (entry) => printer.request(entry),
    ...(tls === null ? {} : { tls }),
    ...oidcOf(flags, invocation.surroundings.environment[VARIABLES.oidcSecret]),
    signedIn: signedInOf(flags),
  });
  const port = parseRange(flags.port ?? '0', 'port', PORT_RANGE);
  try {
    const address = await server.listen({ port, host: flags.host ?? HOST_DEFAULT });
    if (hasWebClient()) printer.line(`Web client: ${address}`);
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

/** @throws NightshiftError VALIDATION when only a part of it is given */
function oidcOf(
  { oidcIssuer, oidcClientId, publicUrl, oidcSecondFactor }: ServeHttpFlags,
  clientSecret: string | undefined,
): Pick<ServerOptions, 'oidc'> {
  if (oidcIssuer === undefined && oidcClientId === undefined) return {};
  if (oidcIssuer === undefined || oidcClientId === undefined || publicUrl === undefined || !clientSecret) {
    throw new NightshiftError(
      'VALIDATION',
      `A sign-in provider takes --oidc-issuer, --oidc-client-id, --public-url, and its secret in ${VARIABLES.oidcSecret}.`,
      { field: 'oidc' },
    );
  }
  const asksSecondFactor = oidcSecondFactor === true;
  return { oidc: { issuer: oidcIssuer, clientId: oidcClientId, clientSecret, publicUrl, asksSecondFactor } };
}

function signedInOf({
  signedInIdle,
  signedInMaximum,
}: ServeHttpFlags): NonNullable<ServerOptions['signedIn']> {
  return {
    ...(signedInIdle === undefined
      ? {}
      : { idleMinutes: parseDuration(signedInIdle, 'signedIn.idleMinutes') / MINUTE_MS }),
    ...(signedInMaximum === undefined
      ? {}
      : { maximumHours: parseDuration(signedInMaximum, 'signedIn.maximumHours') / HOUR_MS }),
  };
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
