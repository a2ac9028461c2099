import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGN_IN_ROUTES } from '../../contract/sign-in-routes.ts';
import { systemClock } from '../../foundation/index.ts';
import { apiKeys, users } from '../../platform/index.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addUsers } from '../../testing/test-rights.ts';
import {
  createServer,
  createSignInLink,
  endSignInsOf,
  listSignInsOf,
  type NightshiftServer,
  resetSecondFactor,
} from '../index.ts';
import { weaknessOf } from './password-strength.ts';

const PASSWORD = 'correct horse battery';
let kit: TestPlatform;
let server: NightshiftServer;
beforeAll(async () => {
  kit = await startTestPlatform({ taskScheduler: { enableTaskScheduler: false } });
  server = createServer(kit.platform, { checkAnswers: true, requestsPerMinute: { unknown: 1e9 } });
  await server.app.ready();
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

/** A browser: it keeps cookies. */
class Browser {
  readonly cookies = new Map<string, string>();

  readonly address: string;

  constructor(address = '127.0.0.1') {
    this.address = address;
  }

  async ask(method: 'GET' | 'POST', path: string, body?: object) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await server.app.inject({
      method,
      url: path,
      remoteAddress: this.address,
      headers: { host: 'localhost', origin: 'http://localhost', cookie, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { payload: body }),
    });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0 || value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: answer.statusCode,
      json: answer.body === '' ? null : answer.json(),
      cookies: answer.cookies,
    };
  }

  signIn(user: string, password = PASSWORD) {
    return this.ask('POST', '/api/v1/signIn', { user, password });
  }

  async me() {
    return (await this.ask('GET', '/api/v1/me')).json;
  }
}

/** A user with a password, set by a link. */
async function person(name: string, sets: readonly string[] = ['Job Queue View']): Promise<Browser> {
  await addUsers(kit, { name, sets });
  const link = await createSignInLink(kit.platform, kit.admin, name);
  expect(link).toMatch(/^\/set-password#.{20,}$/);
  const browser = new Browser();
  const body = { token: link.split('#')[1] ?? '', newPassword: PASSWORD };
  expect((await browser.ask('POST', '/api/v1/signIn/actions/setPassword', body)).status).toBe(204);
  return browser;
}

test('a link sets a password once, and the password signs in', async () => {
  await addUsers(kit, { name: 'ANNA', sets: ['Job Queue View'] });
  const token = (await createSignInLink(kit.platform, kit.admin, 'ANNA')).split('#')[1] ?? '';
  const anna = new Browser();
  const set = (newPassword: string) =>
    anna.ask('POST', '/api/v1/signIn/actions/setPassword', { token, newPassword });
  expect((await set('anna anna anna')).json).toMatchObject({ errors: [{ pointer: '/newPassword' }] });
  expect((await set('password1234')).json).toMatchObject({
    status: 400,
    errors: [{ pointer: '/newPassword' }],
  });
  expect((await set(PASSWORD)).status).toBe(204);
  expect((await set(PASSWORD)).json).toMatchObject({ status: 401, code: 'SIGN_IN_REFUSED' });
  expect((await anna.signIn('ANNA', 'wrong and wrong')).json).toMatchObject({ code: 'SIGN_IN_REFUSED' });
  const { json, cookies } = await anna.signIn('ANNA');
  expect(json).toEqual({ outcome: 'signed-in' });
  const [cookie] = cookies;
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(await anna.me()).toMatchObject({ user: 'ANNA', signedInBy: 'session', companies: ['CRONUS'] });
  expect((await anna.ask('GET', '/api/v1/companies/CRONUS/jobQueueEntries')).status).toBe(200);
  expect((await anna.ask('POST', '/api/v1/me/actions/signOut')).status).toBe(204);
  expect(await anna.me()).toMatchObject({ status: 401 });
  const rows = await kit.query<{ verb: string; result: string }>(
    "select verb, result from nightshift.audit_log where user_name = 'ANNA' and verb = 'user.signIn' order by id",
  );
  expect(rows.map(({ result }) => result)).toEqual(['denied', 'allowed']);
});

test('who is not known, has no password, or is disabled, is not let in, and cannot be told apart', async () => {
  await person('BERT');
  await addUsers(kit, { name: 'NO PASSWORD' });
  const refusals = [];
  for (const user of ['BERT', 'NO PASSWORD', 'WHOEVER'])
    refusals.push({ ...(await new Browser().signIn(user, 'wrong and wrong')).json, correlationId: '' });
  expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
  const bert = new Browser();
  await bert.signIn('BERT');
  expect(await bert.me()).toMatchObject({ user: 'BERT' });
  await users.disable(kit.admin, 'BERT');
  expect(await bert.me()).toMatchObject({ status: 401 });
});

test('guessing is slowed down, and locks nobody out', async () => {
  await person('CARL');
  const statuses = [];
  for (let tries = 0; tries < 12; tries++)
    statuses.push((await new Browser().signIn('CARL', 'wrong and wrong')).status);
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
  expect(statuses.at(-1)).toBe(429);
  const elsewhere = new Browser('192.0.2.7');
  expect((await elsewhere.signIn('CARL')).status).toBe(200);
});

test('somebody sees where he is signed in, and ends it; another password ends the others', async () => {
  const here = await person('DORA');
  const there = new Browser();
  await here.signIn('DORA');
  await there.signIn('DORA');
  const { items } = (await here.ask('GET', '/api/v1/me/signIns')).json;
  expect(items).toMatchObject([{ isThis: false }, { isThis: true }]);
  expect((await here.ask('POST', `/api/v1/me/signIns/${items[0].id}/actions/end`)).status).toBe(204);
  expect((await here.ask('POST', `/api/v1/me/signIns/${items[0].id}/actions/end`)).status).toBe(404);
  expect(await there.me()).toMatchObject({ status: 401 });
  await there.signIn('DORA');
  const change = (password: string, newPassword: string) =>
    here.ask('POST', '/api/v1/me/actions/changePassword', { password, newPassword });
  expect((await change('wrong and wrong', 'another good one')).status).toBe(401);
  expect((await change(PASSWORD, 'dora dora dora')).status).toBe(400);
  expect((await change(PASSWORD, 'another good one')).status).toBe(204);
  expect(await there.me()).toMatchObject({ status: 401 });
  expect(await here.me()).toMatchObject({ user: 'DORA' });
  const other = await person('EMIL');
  await other.signIn('EMIL');
  const { items: his } = (await here.ask('GET', '/api/v1/me/signIns')).json;
  expect((await other.ask('POST', `/api/v1/me/signIns/${his[0].id}/actions/end`)).status).toBe(404);
});

test('being signed in ends after half an hour of nothing, and after 12 hours whatever happens', async () => {
  const fred = await person('FRED');
  const { no } = kit.platform.directory.user('FRED');
  const id = String(no);
  const idle = () =>
    kit.query(
      `update nightshift_auth.session set "expiresAt" = now() - interval '1 second' where "userId" = $1`,
      [id],
    );
  const old = () =>
    kit.query(
      `update nightshift_auth.session set "createdAt" = now() - interval '12 hours 1 second' where "userId" = $1`,
      [id],
    );
  await fred.signIn('FRED');
  const [left] = await kit.query<{ minutes: number }>(
    `select extract(epoch from "expiresAt" - now())::int / 60 as minutes from nightshift_auth.session where "userId" = $1`,
    [id],
  );
  expect(left?.minutes).toBeLessThanOrEqual(30);
  await idle();
  expect(await fred.me()).toMatchObject({ status: 401 });
  await fred.signIn('FRED');
  expect(await fred.me()).toMatchObject({ user: 'FRED' });
  await old();
  expect(await fred.me()).toMatchObject({ status: 401 });
});

/** The code of an authenticator (RFC 6238). */
function codeOf(uri: string): string {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const bits = [...secret]
    .map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(systemClock.now().getTime() / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 0xf;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('administrators do nothing before they have an authenticator, and sign in with it from then on', async () => {
  const boss = await person('GRETA', ['Security Admin']);
  expect((await boss.signIn('GRETA')).json).toEqual({ outcome: 'signed-in' });
  const list = () => boss.ask('GET', '/api/v1/companies/CRONUS/users');
  expect((await list()).json).toMatchObject({ status: 403, code: 'SECOND_FACTOR_REQUIRED' });
  expect((await boss.ask('POST', '/api/v1/me/secondFactor', { password: 'wrong and wrong' })).status).toBe(
    401,
  );
  const { json } = await boss.ask('POST', '/api/v1/me/secondFactor', { password: PASSWORD });
  expect(json).toEqual({
    uri: expect.stringMatching(/^otpauth:\/\/totp\//),
    recoveryCodes: expect.any(Array),
  });
  expect((await list()).status).toBe(403);
  expect(
    (await boss.ask('POST', '/api/v1/me/secondFactor/actions/confirm', { code: codeOf(json.uri) })).status,
  ).toBe(204);
  expect((await list()).status).toBe(200);
  const again = new Browser();
  expect((await again.signIn('GRETA')).json).toEqual({ outcome: 'second-factor' });
  expect(await again.me()).toMatchObject({ status: 401 });
  const second = (code: string) => again.ask('POST', '/api/v1/signIn/actions/secondFactor', { code });
  const right = codeOf(json.uri);
  expect((await second(right === '000000' ? '000001' : '000000')).status).toBe(401);
  expect((await second(right)).json).toEqual({ outcome: 'signed-in' });
  expect((await again.ask('GET', '/api/v1/companies/CRONUS/users')).status).toBe(200);
  const [recoveryCode] = json.recoveryCodes;
  for (const status of [200, 401]) {
    const without = new Browser();
    await without.signIn('GRETA');
    const body = { code: recoveryCode };
    expect((await without.ask('POST', '/api/v1/signIn/actions/recoveryCode', body)).status).toBe(status);
    expect((await without.ask('GET', '/api/v1/companies/CRONUS/users')).status).toBe(status);
  }
});

test('an administrator sees where somebody is signed in, ends it, and takes a lost authenticator away', async () => {
  const boss = await person('HENK', ['Security Admin']);
  await boss.signIn('HENK');
  const { json } = await boss.ask('POST', '/api/v1/me/secondFactor', { password: PASSWORD });
  await boss.ask('POST', '/api/v1/me/secondFactor/actions/confirm', { code: codeOf(json.uri) });
  const places = await listSignInsOf(kit.platform, kit.admin, 'HENK');
  expect(places.length).toBeGreaterThan(0);
  expect(JSON.stringify(places)).not.toContain('token');
  expect(await endSignInsOf(kit.platform, kit.admin, { user: 'HENK', place: places[0]?.id ?? '' })).toBe(1);
  await expect(
    endSignInsOf(kit.platform, kit.admin, { user: 'HENK', place: places[0]?.id ?? '' }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await boss.me()).toMatchObject({ status: 401 });
  expect((await boss.signIn('HENK')).json).toEqual({ outcome: 'second-factor' });
  await resetSecondFactor(kit.platform, kit.admin, 'HENK');
  expect((await boss.signIn('HENK')).json).toEqual({ outcome: 'signed-in' });
  const list = await boss.ask('GET', '/api/v1/companies/CRONUS/users');
  expect(list.json).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
  for (const [by, whose, code] of [
    ['HENK', 'ADMIN', 'PERMISSION_DENIED'],
    ['HENK', 'HENK', 'PERMISSION_DENIED'],
    ['ADMIN', 'HENK', 'CONFLICT'],
    ['ADMIN', 'WHOEVER', 'USER_UNKNOWN'],
  ] as const) {
    const caller = kit.platform.as({ user: by, company: 'CRONUS' });
    await expect(resetSecondFactor(kit.platform, caller, whose)).rejects.toMatchObject({ code });
  }
  const rows = await kit.query<{ after: unknown }>(
    "select after from nightshift.audit_log where object_name = 'HENK' and after ? 'authenticator'",
  );
  expect(rows).toEqual([{ after: { authenticator: 'removed' } }]);
});

test('who is disabled is signed out for good, and does not sign in meanwhile', async () => {
  const ivo = await person('IVO');
  await ivo.signIn('IVO');
  await users.disable(kit.admin, 'IVO');
  expect((await new Browser().signIn('IVO')).status).toBe(401);
  await users.enable(kit.admin, 'IVO');
  expect(await ivo.me()).toMatchObject({ status: 401 });
  expect((await ivo.signIn('IVO')).status).toBe(200);
});

test('how long people stay signed in is an option, by the clock of the server', async () => {
  const clock = new FakeClock(systemClock.now());
  const own = createServer(kit.platform, { clock, signedIn: { idleMinutes: 90, maximumHours: 1 } });
  await person('JANA');
  const headers = { host: 'localhost', origin: 'http://localhost', 'content-type': 'application/json' };
  const payload = { user: 'JANA', password: PASSWORD };
  const { cookies } = await own.app.inject({ method: 'POST', url: '/api/v1/signIn', headers, payload });
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const me = async () => (await own.app.inject({ url: '/api/v1/me', headers: { cookie } })).statusCode;
  const { no } = kit.platform.directory.user('JANA');
  const [left] = await kit.query<{ minutes: number }>(
    `select ceil(extract(epoch from "expiresAt" - now()) / 60)::int as minutes from nightshift_auth.session
     where "userId" = $1`,
    [String(no)],
  );
  expect(left?.minutes).toBeGreaterThan(60);
  expect(await me()).toBe(200);
  await clock.advance(59 * 60_000);
  expect(await me()).toBe(200);
  await clock.advance(2 * 60_000);
  expect(await me()).toBe(401);
  await own.close();
  for (const signedIn of [{ idleMinutes: 0 }, { idleMinutes: 1_441 }, { maximumHours: Number.NaN }])
    expect(() => createServer(kit.platform, { signedIn })).toThrow(
      expect.objectContaining({ code: 'VALIDATION' }),
    );
});

test('an API key neither signs out nor sets passwords, and nobody signs in from another site', async () => {
  const { key } = await apiKeys.create(kit.admin, { name: 'Test', scopes: ['entry.read'] });
  const people = Object.entries(SIGN_IN_ROUTES).filter(([, { access }]) => access === 'people');
  expect(people.length).toBeGreaterThan(5);
  for (const [name, { method, path }] of people) {
    const answer = await server.app.inject({
      method,
      url: `/api/v1${path.replace('{signInId}', 'x')}`,
      headers: { host: 'localhost', authorization: `Bearer ${key}` },
    });
    expect([name, answer.json()]).toMatchObject([name, { status: 403, code: 'PERMISSION_DENIED' }]);
  }
  const headers = { host: 'localhost', origin: 'https://evil.example', 'content-type': 'application/json' };
  const payload = { user: 'ANNA', password: PASSWORD };
  const answer = await server.app.inject({ method: 'POST', url: '/api/v1/signIn', headers, payload });
  expect(answer.json()).toMatchObject({ status: 403, code: 'ORIGIN_REFUSED' });
});

test('links are made by those who may become everybody, and not for applications', async () => {
  await addUsers(
    kit,
    { name: 'SECURITY', sets: ['Security Admin'] },
    { name: 'ROBOT', columns: { kind: 'application' } },
  );
  const caller = kit.platform.as({ user: 'SECURITY', company: 'CRONUS' });
  await expect(createSignInLink(kit.platform, caller, 'ADMIN')).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  await expect(createSignInLink(kit.platform, kit.admin, 'ROBOT')).rejects.toMatchObject({
    code: 'VALIDATION',
  });
  await expect(createSignInLink(kit.platform, kit.admin, 'WHOEVER')).rejects.toMatchObject({
    code: 'USER_UNKNOWN',
  });
});

test.each([
  ['short', 'has at least 12 characters'],
  ['aaaaaaaaaaaaaaaa', 'has at least 5 different characters'],
  ['Password1234', 'is more than what everybody tries, or your name'],
  ['dora dora dora', 'is more than what everybody tries, or your name'],
  ['correct horse battery', null],
  ['пароль из многих слов', null],
])('the password "%s" %s', (password, weakness) => {
  expect(weaknessOf(password, 'DORA')).toBe(weakness);
});
