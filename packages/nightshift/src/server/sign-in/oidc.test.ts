import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { users } from '../../platform/index.ts';
import { type OidcProvider, startOidcProvider } from '../../testing/oidc-provider.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addUsers } from '../../testing/test-rights.ts';
import { createServer, declareSubject, type NightshiftServer } from '../index.ts';

const PUBLIC = 'https://jobs.example';
const VIEW = ['Job Queue View'];
let kit: TestPlatform;
let provider: OidcProvider;
let server: NightshiftServer;
beforeAll(async () => {
  kit = await startTestPlatform({ taskScheduler: { enableTaskScheduler: false } });
  await addUsers(
    kit,
    { name: 'anna@shop.example', sets: VIEW },
    { name: 'BERT', sets: VIEW },
    { name: 'gone@shop.example', sets: VIEW },
    { name: 'robot@shop.example', sets: VIEW, columns: { kind: 'application' } },
    { name: 'boss@shop.example', sets: ['Security Admin'] },
  );
  await users.disable(kit.admin, 'gone@shop.example');
  provider = await startOidcProvider();
  server = serverWith(false);
});
afterAll(async () => {
  await server?.close();
  await provider?.close();
  await kit?.stop();
});
beforeEach(() => {
  provider.forges = false;
});

function serverWith(asksSecondFactor: boolean): NightshiftServer {
  const { issuer, clientId, clientSecret } = provider;
  return createServer(kit.platform, {
    oidc: { issuer, clientId, clientSecret, publicUrl: PUBLIC, asksSecondFactor },
    requestsPerMinute: { unknown: 1e9 },
  });
}

/** A browser: it keeps cookies, and goes where it is sent only when it is told so. */
class Browser {
  readonly cookies = new Map<string, string>();
  readonly #server: NightshiftServer;

  constructor(at = server) {
    this.#server = at;
  }

  async get(url: string) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#server.app.inject({
      method: 'GET',
      url,
      headers: { host: 'localhost', cookie },
    });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0 || value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  /** Goes to the provider, which says who he is, and comes back with it. */
  async signIn(claims: Readonly<Record<string, unknown>>, change = (back: URL) => back) {
    const begun = await this.get('/sign-in/oidc?to=/api/docs%23me');
    expect(begun.statusCode).toBe(302);
    provider.claims = claims;
    const back = change(provider.approve(String(begun.headers.location)));
    return this.get(`${back.pathname}${back.search}`);
  }

  async me() {
    return (await this.get('/api/v1/me')).json();
  }
}

const anna = { sub: 's-1', email: 'Anna@Shop.example', email_verified: true };

test('who the provider names signs in as the user of that address, and stays that user whatever his address is', async () => {
  const browser = new Browser();
  const begun = await browser.get('/sign-in/oidc');
  const sent = new URL(String(begun.headers.location)).searchParams;
  expect(Object.fromEntries(sent)).toMatchObject({
    response_type: 'code',
    client_id: 'nightshift',
    redirect_uri: `${PUBLIC}/sign-in/oidc/callback`,
    code_challenge_method: 'S256',
    nonce: expect.stringMatching(/.{20,}/),
    state: expect.stringMatching(/.{20,}/),
  });
  const done = await browser.signIn(anna);
  expect([done.statusCode, done.headers.location]).toEqual([302, '/api/docs#me']);
  expect(await browser.me()).toMatchObject({ user: 'anna@shop.example', signedInBy: 'session' });
  const later = new Browser();
  await later.signIn({ sub: 's-1', email: 'anna@elsewhere.example', email_verified: true });
  expect(await later.me()).toMatchObject({ user: 'anna@shop.example' });
  const [row] = await kit.query<{ tokens: number }>(
    `select count("accessToken") + count("idToken") as tokens from nightshift_auth.account where "providerId" = 'oidc'`,
  );
  expect(Number(row?.tokens)).toBe(0);
  const noted = await kit.query(
    "select 1 from nightshift.audit_log where verb = 'user.signIn' and result = 'allowed'",
  );
  expect(noted.length).toBe(2);
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['an unknown user', { sub: 's-9', email: 'who@shop.example', email_verified: true }],
  ['an address that nobody has verified', { ...anna, sub: 's-8', email_verified: false }],
  ['no address', { sub: 's-7' }],
  ['a disabled user', { sub: 's-6', email: 'gone@shop.example', email_verified: true }],
  ['an application', { sub: 's-5', email: 'robot@shop.example', email_verified: true }],
  ['another subject with the address of somebody', { ...anna, sub: 's-4' }],
  ['a wrong nonce', { ...anna, nonce: 'stolen' }],
  ['no nonce', { ...anna, nonce: undefined }],
  ['a wrong audience', { ...anna, aud: 'another application' }],
  ['a wrong issuer', { ...anna, iss: 'https://evil.example' }],
  ['an expired token', { ...anna, iat: 1, exp: 2 }],
])('nobody signs in with %s', async (_, claims) => {
  const browser = new Browser();
  const answer = await browser.signIn(claims);
  expect(answer.json()).toMatchObject({ status: 401, code: 'SIGN_IN_REFUSED' });
  expect(await browser.me()).toMatchObject({ status: 401 });
});

test('nobody signs in with what somebody else signed, with the state of another browser, or twice with one code', async () => {
  provider.forges = true;
  expect((await new Browser().signIn(anna)).statusCode).toBe(401);
  provider.forges = false;
  const refused = async (change: (back: URL) => URL) =>
    expect((await new Browser().signIn(anna, change)).statusCode).toBe(401);
  await refused((back) => {
    back.searchParams.set('state', 'x'.repeat(32));
    return back;
  });
  await refused((back) => {
    back.searchParams.set('code', 'x');
    return back;
  });
  await refused((back) => {
    back.searchParams.set('iss', 'https://evil.example');
    return back;
  });
  const mine = new Browser();
  let callback = '';
  await mine.signIn(anna, (back) => {
    callback = `${back.pathname}${back.search}`;
    return back;
  });
  expect((await mine.get(callback)).statusCode).toBe(401);
  const begun = await new Browser().get('/sign-in/oidc');
  const stolen = provider.approve(String(begun.headers.location));
  expect((await new Browser().get(`${stolen.pathname}${stolen.search}`)).statusCode).toBe(401);
});

test('a subject that was declared is that user, once, and by those who may become anybody', async () => {
  await declareSubject(kit.platform, kit.admin, { user: 'BERT', subject: 'b-1' });
  const bert = new Browser();
  await bert.signIn({ sub: 'b-1', email: 'anything@shop.example', email_verified: false });
  expect(await bert.me()).toMatchObject({ user: 'BERT' });
  const again = declareSubject(kit.platform, kit.admin, { user: 'anna@shop.example', subject: 'b-1' });
  await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
  const caller = kit.platform.as({ user: 'boss@shop.example', company: 'CRONUS' });
  const own = declareSubject(kit.platform, caller, { user: 'ADMIN', subject: 'b-2' });
  await expect(own).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  await users.disable(kit.admin, 'BERT');
  expect(await bert.me()).toMatchObject({ status: 401 });
  expect((await new Browser().signIn({ sub: 'b-1', email: 'x@y.example' })).statusCode).toBe(401);
});

test('an administrator does nothing by the provider, unless that asks for a second factor', async () => {
  const claims = { sub: 'boss', email: 'boss@shop.example', email_verified: true };
  const boss = new Browser();
  await boss.signIn(claims);
  const list = (await boss.get('/api/v1/companies/CRONUS/users')).json();
  expect(list).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
  const trusting = serverWith(true);
  const trusted = new Browser(trusting);
  await trusted.signIn(claims);
  expect((await trusted.get('/api/v1/companies/CRONUS/users')).statusCode).toBe(200);
  await trusting.close();
});

test('nobody is sent to another site by a link that begins here, and addresses that others read are refused', async () => {
  for (const to of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/a&to=/b',
  ]) {
    const answer = await new Browser().get(
      `/sign-in/oidc?to=${to.includes('&') ? to : encodeURIComponent(to)}`,
    );
    expect([to, answer.statusCode]).toEqual([to, 400]);
  }
  const { clientId, clientSecret } = provider;
  for (const issuer of ['http://login.example', 'login.example']) {
    const oidc = { issuer, clientId, clientSecret, publicUrl: PUBLIC };
    expect(() => createServer(kit.platform, { oidc })).toThrow(
      expect.objectContaining({ field: 'oidc.issuer' }),
    );
  }
  const without = createServer(kit.platform);
  expect((await without.app.inject({ method: 'GET', url: '/sign-in/oidc' })).statusCode).toBe(404);
  await without.close();
});
