import { createHash, timingSafeEqual } from 'node:crypto';
import { VERBS, type Verb } from '../contract/permissions.ts';
import type { Database } from '../database/index.ts';
import { HOUR_MS, isUuid, NightshiftError, randomSecret, uuidV7 } from '../foundation/index.ts';
import { checkText, isGone } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { admit, changeAs } from './administrate.ts';
import {
  addApiKey,
  listApiKeys as listApiKeysSql,
  lockApiKey,
  noteApiKeyUse,
  readApiKey,
  revokeApiKey as revokeApiKeySql,
} from './api-keys.sql.ts';
import { objectOf, refused } from './user-input.ts';

const NAME_LENGTH_MAX = 100;
const SECRET_BYTES = 32;
const EXPIRY_DAYS_DEFAULT = 90;
const EXPIRY_DAYS_MAX = 730;
const DAY_MS = 24 * HOUR_MS;
const LISTED_DEFAULT = 50;
const LISTED_MAX = 500;

/** What no key may do, since it would outlive its own scopes. */
const NOT_FOR_KEYS: readonly Verb[] = ['apiKey.create'];

/** An API key: what a machine signs in with. Its secret is not kept. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** As whom it acts: his rights count, within the scopes. */
  readonly user: string;
  /** The only company that it reaches. */
  readonly company: string;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** To the minute; null: never. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  /** Neither expired nor revoked, and its user is not gone. */
  readonly isValid: boolean;
}

/** A key that was just created. */
export interface CreatedApiKey extends ApiKey {
  /** The key itself, which nobody can tell again. */
  readonly key: string;
}

/** What `apiKeys.create` takes. */
export interface ApiKeyInput {
  /** What it is for, 1 to 100 characters. */
  readonly name: string;
  /** As whom it acts. Default: the caller. Somebody else takes SUPER: it lends his rights. */
  readonly user?: string;
  /** Verbs such as `entry.read`; it can do nothing else. */
  readonly scopes: readonly string[];
  /** 1 to 730. Default: 90. */
  readonly expiresInDays?: number;
}

/**
 * Creates an API key for a user in the caller's company. The answer holds the key; it is never told again.
 * @throws NightshiftError VALIDATION with the field; USER_UNKNOWN; USER_DISABLED; PERMISSION_DENIED
 */
export async function createApiKey(caller: Caller, input: ApiKeyInput): Promise<CreatedApiKey> {
  const { name, user: wanted, scopes, days } = checkInput(input);
  const user = wanted ?? caller.user;
  const wish = { kind: 'apiKey', id: null, name, isOwn: user === caller.user };
  const administrator = await admit(caller, 'apiKey.create', wish);
  const { service, actor } = administrator;
  const owner = service.directory.user(user);
  const createdAt = service.clock.now();
  const expiresAt = new Date(createdAt.getTime() + days * DAY_MS);
  const id = uuidV7(createdAt);
  const secret = randomSecret(SECRET_BYTES);
  const object = { kind: 'apiKey', id, name };
  return changeAs(administrator, 'apiKey.create', object, async ({ tx }) => {
    const { no } = actor.company;
    await tx.run(addApiKey, [
      id,
      name,
      owner.no,
      no,
      scopes,
      digestOf(secret),
      actor.user.no,
      createdAt,
      expiresAt,
    ]);
    const made = {
      id,
      name,
      user: owner.name,
      company: actor.company.name,
      scopes,
      createdBy: actor.user.name,
    };
    const value = { ...made, createdAt, expiresAt, lastUsedAt: null, revokedAt: null, isValid: true };
    const after = { user: owner.name, scopes, expiresAt };
    return { value: { ...value, key: `ns_${id.replaceAll('-', '')}_${secret}` }, after };
  });
}

/** Which keys are listed. */
export interface ApiKeyFilter {
  /** Older than the key with this id: the last one of the answer before. */
  readonly before?: string;
  /** 1 to 500. Default: 50. */
  readonly limit?: number;
}

/**
 * The API keys of the caller's company, newest first; his own only, when he may not see the others.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function listApiKeys(caller: Caller, filter: ApiKeyFilter = {}): Promise<readonly ApiKey[]> {
  const { before = null, limit = LISTED_DEFAULT } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > LISTED_MAX)
    throw refused('limit', `limit is a whole number from 1 to ${LISTED_MAX}.`);
  if (before !== null && !isUuid(before)) throw refused('before', 'before is the id of an API key.');
  const { service, actor, reach } = await admit(caller, 'apiKey.read', { kind: 'apiKey', id: null });
  const own = reach === 'any' ? null : actor.user.no;
  const rows = await service.database.run<ApiKeyRow>(listApiKeysSql, [actor.company.no, own, before, limit]);
  return rows.map((row) => apiKeyOf(row, service));
}

/**
 * Revokes an API key, at once and for good; of one that is revoked already nothing changes.
 * @throws NightshiftError API_KEY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function revokeApiKey(caller: Caller, id: string): Promise<ApiKey> {
  if (typeof id !== 'string' || !isUuid(id)) throw refused('id', 'id is the id of an API key, a UUID.');
  const administrator = await admit(caller, 'apiKey.revoke', { kind: 'apiKey', id });
  const { service, actor, reach } = administrator;
  return changeAs(administrator, 'apiKey.revoke', { kind: 'apiKey', id }, async ({ tx }) => {
    const [row] = await tx.run<ApiKeyRow>(lockApiKey, [id, actor.company.no]);
    if (row === undefined) throw apiKeyUnknown(id);
    const object = { kind: 'apiKey', id, name: row.name };
    if (reach === 'own' && row.user_no !== actor.user.no) {
      await service.authority.refuseOrHide(actor, 'apiKey.revoke', { ...object, read: 'apiKey.read' });
      throw apiKeyUnknown(id);
    }
    const now = service.clock.now();
    await tx.run(revokeApiKeySql, [id, now]);
    const value = apiKeyOf({ ...row, revoked_at: row.revoked_at ?? now }, service);
    return {
      value,
      object,
      before: { user: row.user_name },
      isChange: revocationRefusal(row.revoked_at) === null,
    };
  });
}

/** Why the revocation of a key would change nothing; null: it would. */
function revocationRefusal(revokedAt: Date | null): string | null {
  return revokedAt === null ? null : 'It is revoked already.';
}

/** The actions of an API key, and why its state forbids each; null: it does not. Pure. */
export function apiKeyActions({ revokedAt }: Pick<ApiKey, 'revokedAt'>) {
  return [{ name: 'revoke', verb: 'apiKey.revoke' as Verb, refusal: revocationRefusal(revokedAt) }];
}

/** What a key that was presented allows. */
export interface PresentedKey {
  readonly id: string;
  readonly user: string;
  readonly company: string;
  readonly scopes: readonly string[];
}

const PRESENTED = /^ns_([0-9a-f]{32})_([0-9a-f]{64})$/;

/** What a key allows that somebody presents; null: it is none, or not valid. It takes as long to refuse one as another. */
export async function checkApiKey(database: Database, key: string, now: Date): Promise<PresentedKey | null> {
  const [, hex = '', secret = ''] = PRESENTED.exec(key) ?? [];
  if (hex === '') return null;
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const [row] = await database.run<ApiKeyRow & { readonly digest: Buffer }>(readApiKey, [id]);
  const fits = timingSafeEqual(digestOf(secret), row?.digest ?? digestOf(''));
  if (row === undefined || !fits || row.revoked_at !== null || row.expires_at <= now) return null;
  if (row.last_used_at === null || now.getTime() - row.last_used_at.getTime() > MINUTE) {
    await database.run(noteApiKeyUse, [id, now]);
  }
  return { id, user: row.user_name, company: row.company_name, scopes: row.scopes };
}

const MINUTE = HOUR_MS / 60;

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly user_name: string;
  readonly user_no: number;
  readonly company_name: string;
  readonly scopes: readonly string[];
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

function apiKeyOf(
  row: ApiKeyRow,
  { clock, directory }: Awaited<ReturnType<typeof admit>>['service'],
): ApiKey {
  const now = clock.now();
  const isLive = row.revoked_at === null && row.expires_at > now;
  const owner = directory.users.find(({ no }) => no === row.user_no);
  return {
    id: row.id,
    name: row.name,
    user: row.user_name,
    company: row.company_name,
    scopes: row.scopes,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    isValid: isLive && owner !== undefined && !isGone(owner, now),
  };
}

function apiKeyUnknown(id: string): NightshiftError {
  return new NightshiftError('API_KEY_UNKNOWN', `There is no API key ${id} in this company.`, {
    field: 'id',
  });
}

function checkInput(input: ApiKeyInput) {
  const {
    name,
    user,
    scopes,
    expiresInDays = EXPIRY_DAYS_DEFAULT,
    ...others
  } = objectOf(input, 'apiKey') as unknown as ApiKeyInput;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(unknown, `There is no field "${unknown}" of an API key.`);
  checkText('name', name, 1, NAME_LENGTH_MAX);
  if (user !== undefined && typeof user !== 'string') throw refused('user', 'user is the name of a user.');
  if (!Number.isInteger(expiresInDays) || expiresInDays < 1 || expiresInDays > EXPIRY_DAYS_MAX)
    throw refused('expiresInDays', `expiresInDays is a whole number from 1 to ${EXPIRY_DAYS_MAX}.`);
  return { name, user, scopes: checkScopes(scopes), days: expiresInDays };
}

function checkScopes(scopes: unknown): readonly string[] {
  if (!Array.isArray(scopes) || scopes.length === 0)
    throw refused('scopes', 'scopes are verbs such as entry.read, one or more.');
  const odd = scopes.find((scope) => !Object.hasOwn(VERBS, String(scope)));
  if (odd !== undefined)
    throw refused('scopes', `There is no verb ${JSON.stringify(String(odd).slice(0, 100))}.`);
  const forbidden = NOT_FOR_KEYS.find((verb) => scopes.includes(verb));
  if (forbidden !== undefined) throw refused('scopes', `No API key may have the scope ${forbidden}.`);
  return [...new Set(scopes as string[])].sort();
}
