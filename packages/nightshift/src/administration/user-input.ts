import { checkLanguage, checkTimeZone, NightshiftError } from '../foundation/index.ts';
import { checkText, type UserCard } from '../permissions/index.ts';

/** Longest name of a user, in characters. */
const USER_NAME_LENGTH_MAX = 65;
const FULL_NAME_LENGTH_MAX = 100;
const YEAR_MAX = 9_999;

/** What administrators set of a user, besides his state. */
export type UserFields = Pick<
  UserCard,
  'name' | 'fullName' | 'language' | 'timeZone' | 'kind' | 'canSchedule' | 'isDelegated' | 'validUntil'
>;

/** What `users.create` takes. */
export interface UserInput extends Partial<UserFields> {
  /** 1 to 65 characters; unique, also from names that differ only by case or by what nobody sees. */
  readonly name: string;
  /** At most 100 characters. Default: blank. */
  readonly fullName?: string;
  /** BCP 47. Default: `en-US`. */
  readonly language?: string;
  /** IANA. Default: `UTC`. */
  readonly timeZone?: string;
  /** A person, or an integration. Default: `person`. */
  readonly kind?: 'person' | 'application';
  /** Whether he may create tasks and set entries Ready. Default: true. */
  readonly canSchedule?: boolean;
  /** An administrator of another organisation, who may start no unattended work. Default: false. */
  readonly isDelegated?: boolean;
  /** From then on he counts as disabled; null: never. Default: null. */
  readonly validUntil?: Date | null;
}

/** What `users.modify` takes: the fields that become different. */
export interface UserChanges extends Partial<UserFields> {
  /** The version that was read; if the user has changed since, CONFLICT. Default: whatever it is. */
  readonly version?: number;
}

const USER_DEFAULTS: Omit<UserFields, 'name'> = Object.freeze({
  fullName: '',
  language: 'en-US',
  timeZone: 'UTC',
  kind: 'person',
  canSchedule: true,
  isDelegated: false,
  validUntil: null,
});

type Checks = { readonly [Field in keyof UserFields]: (value: unknown) => UserFields[Field] };

const CHECKS: Checks = {
  name: checkUserName,
  fullName(value) {
    checkText('fullName', value, 0, FULL_NAME_LENGTH_MAX);
    return value;
  },
  language: (value) => checkLanguage('language', value),
  timeZone: (value) => checkTimeZone('timeZone', value),
  kind(value) {
    if (value === 'person' || value === 'application') return value;
    throw refused('kind', 'kind is "person" or "application".');
  },
  canSchedule: (value) => flag('canSchedule', value),
  isDelegated: (value) => flag('isDelegated', value),
  validUntil(value) {
    if (value === null) return null;
    const year = value instanceof Date ? value.getUTCFullYear() : Number.NaN;
    if (year >= 1 && year <= YEAR_MAX) return value as Date;
    throw refused('validUntil', 'validUntil is a date and time in the years 1 to 9999, or null.');
  },
};

/** Checks and completes a new user. @throws NightshiftError VALIDATION with the field */
export function checkNewUser(input: UserInput, now: Date): UserFields {
  const fields = { ...USER_DEFAULTS, ...checkUserFields(input) };
  if (fields.name === undefined) throw refused('name', 'A user has a name.');
  if (fields.validUntil !== null && fields.validUntil <= now) {
    throw refused('validUntil', 'validUntil lies in the past: the user would be gone from the start.');
  }
  return { ...fields, name: fields.name };
}

/** Checks what is to become different of a user. @throws NightshiftError VALIDATION with the field */
export function checkUserChanges(changes: UserChanges): UserChanges {
  const { version, ...fields } = objectOf(changes, 'changes') as UserChanges;
  checkVersion(version);
  return { ...checkUserFields(fields), ...(version === undefined ? {} : { version }) };
}

/** @throws NightshiftError VALIDATION */
export function checkVersion(version: unknown): asserts version is number | undefined {
  if (version === undefined || (Number.isInteger(version) && Number(version) >= 1)) return;
  throw refused('version', 'version is the whole number that was read.');
}

function checkUserFields(given: unknown): Partial<UserFields> {
  const fields = Object.entries(objectOf(given, 'user')).flatMap(([field, value]) => {
    if (!Object.hasOwn(CHECKS, field)) throw refused(field, `There is no field "${field}" of a user.`);
    return value === undefined ? [] : [[field, CHECKS[field as keyof Checks](value)]];
  });
  return Object.fromEntries(fields) as Partial<UserFields>;
}

/** @throws NightshiftError VALIDATION with the field `name` */
function checkUserName(name: unknown): string {
  checkText('name', name, 1, USER_NAME_LENGTH_MAX);
  if (/[\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name)) {
    throw refused('name', 'name holds a character that breaks lines or turns the direction of writing.');
  }
  if (foldedName(name).trim() === '') throw refused('name', 'name holds nothing that can be seen.');
  return name;
}

/** Names with the same answer look the same to people, or differ only by case. */
export function foldedName(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase();
}

/** @throws NightshiftError VALIDATION for what has no fields */
export function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw refused(field, `${field} is an object with fields.`);
}

/** The name in an input that is not checked yet, for the audit log; null: there is none. */
export function nameIn(input: unknown): string | null {
  const name = typeof input === 'object' && input !== null && 'name' in input ? input.name : null;
  return typeof name === 'string' ? name : null;
}

/** @throws NightshiftError VALIDATION */
function flag(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw refused(field, `${field} is true or false.`);
}

export function refused(field: string, text: string): NightshiftError {
  return new NightshiftError('VALIDATION', text, { field });
}
