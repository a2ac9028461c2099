import { NightshiftError } from './errors.ts';

/** Longest tag or name that is looked at, in characters. */
const NAME_LENGTH_MAX = 100;

/** A language in its canonical form, such as `de-DE` for `de-de`. @throws NightshiftError VALIDATION with the field */
export function checkLanguage(field: string, language: unknown): string {
  return checked(language, (tag) => Intl.getCanonicalLocales(tag)[0], {
    field,
    form: 'a BCP 47 tag such as de-DE',
  });
}

/** A time zone, as it was given. @throws NightshiftError VALIDATION with the field */
export function checkTimeZone(field: string, timeZone: unknown): string {
  const use = (name: string) => {
    // JavaScript takes an offset too, which knows no daylight saving time, and which PostgreSQL counts the other way round.
    if (!/^\p{L}/u.test(name)) return undefined;
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  };
  return checked(timeZone, use, { field, form: 'an IANA name such as Europe/Berlin' });
}

function checked(
  name: unknown,
  use: (name: string) => string | undefined,
  { field, form }: { readonly field: string; readonly form: string },
): string {
  try {
    if (typeof name !== 'string' || name.length > NAME_LENGTH_MAX) throw new TypeError(typeof name);
    const used = use(name);
    if (used === undefined) throw new TypeError(name);
    return used;
  } catch (cause) {
    throw new NightshiftError('VALIDATION', `${field} is ${form}.`, { field, cause });
  }
}
