/** Fewest characters of a password. */
export const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 128;
const DISTINCT_MIN = 5;

/** What everybody tries, as a part of something longer. */
const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'asdfgh',
  '123456',
  'abcdef',
  'letmein',
  'welcome',
  'iloveyou',
  'nightshift',
];

/** Why a password is too weak, to complete "The password …"; null: it is not. No rules about kinds of characters. */
export function weaknessOf(password: string, user: string): string | null {
  const length = [...password].length;
  if (length < PASSWORD_LENGTH_MIN) return `has at least ${PASSWORD_LENGTH_MIN} characters`;
  if (length > PASSWORD_LENGTH_MAX) return `has at most ${PASSWORD_LENGTH_MAX} characters`;
  const folded = password.normalize('NFKC').toLowerCase();
  if (new Set(folded).size < DISTINCT_MIN) return `has at least ${DISTINCT_MIN} different characters`;
  const name = user.normalize('NFKC').toLowerCase();
  const rest = [name, ...COMMON].reduce((text, part) => text.replaceAll(part, ''), folded);
  return new Set(rest).size < DISTINCT_MIN ? 'is more than what everybody tries, or your name' : null;
}
