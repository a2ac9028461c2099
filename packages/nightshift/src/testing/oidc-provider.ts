import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { randomSecret, SECOND_MS, systemClock } from '../foundation/index.ts';

/** A small provider of OpenID Connect, so that signing in by one can be tested: on loopback, with a key of its own. */
export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who sits before the browser, and what is to be wrong with what the provider says. */
  claims: Readonly<Record<string, unknown>>;
  /** Signs with a key that nobody knows. Default: false. */
  forges: boolean;
  /** What is asked for tokens, newest last. */
  readonly asked: readonly URLSearchParams[];
  /** What a browser is sent back with that goes to an address of the provider. */
  approve(authorization: string): URL;
  close(): Promise<void>;
}

const CLIENT_ID = 'nightshift';
const SECRET_BYTES = 16;
const VALID_SECONDS = 300;

interface Grant {
  readonly nonce: string | null;
  readonly challenge: string | null;
}

/** Starts one. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [known, unknown] = [pair(), pair()];
  const jwk = { ...known.publicKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' };
  const clientSecret = randomSecret(SECRET_BYTES);
  const grants = new Map<string, Grant>();
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', issuer);
    const send = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') send(documentOf(issuer));
    else if (pathname === '/keys') send({ keys: [jwk] });
    else if (pathname === '/token') {
      const form = new URLSearchParams(await text(request));
      asked.push(form);
      const grant = grantOf(form);
      if (grant === null) send({ error: 'invalid_grant' }, 400);
      else send({ access_token: 'unused', token_type: 'Bearer', expires_in: 60, id_token: idToken(grant) });
    } else send({}, 404);
  }

  function grantOf(form: URLSearchParams): Grant | null {
    const grant = grants.get(form.get('code') ?? '') ?? null;
    grants.delete(form.get('code') ?? '');
    const digest = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isClient = form.get('client_id') === CLIENT_ID && form.get('client_secret') === clientSecret;
    return isClient && grant !== null && grant.challenge === digest ? grant : null;
  }

  function idToken({ nonce }: Grant): string {
    const now = Math.floor(systemClock.now().getTime() / SECOND_MS);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const times = { iat: now, exp: now + VALID_SECONDS };
    const body = { iss: issuer, aud: CLIENT_ID, ...times, nonce, ...provider.claims };
    const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: '1' })}.${part(body)}`;
    const key = (provider.forges ? unknown : known).privateKey;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  const provider: OidcProvider = {
    ...{ issuer, clientId: CLIENT_ID, clientSecret, asked },
    claims: {},
    forges: false,
    approve(authorization) {
      const { searchParams } = new URL(authorization);
      const code = randomSecret(SECRET_BYTES);
      grants.set(code, { nonce: searchParams.get('nonce'), challenge: searchParams.get('code_challenge') });
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({
        code,
        state: searchParams.get('state') ?? '',
        iss: issuer,
      }).toString();
      return back;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}

function documentOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
