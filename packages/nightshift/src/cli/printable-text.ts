const LINE_FEED = '\n';
const DELETE = 0x7f;
/** Where Unicode keeps a picture for each control character: ␀ for NUL, ␛ for ESC. */
const CONTROL_PICTURES = 0x2400;
const PICTURE_OF_DELETE = '␡';
const C0_END = 0x20;
const TAB = '  ';

/** What a terminal may obey, or what turns the order of letters about: C0, C1, line separators, directions of writing. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Text that a terminal can only show, never obey: escape sequences and other control characters become visible. Line
 * feeds stay. Everything that the command line prints passes here, because error texts and descriptions are anybody's.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', LINE_FEED)
    .toWellFormed()
    .replace(UNSAFE, (character) => (character === LINE_FEED ? character : pictureOf(character)));
}

/** As `visible`, on one line. */
export function oneLine(text: string): string {
  return visible(text).replaceAll(LINE_FEED, ' ↵ ');
}

/** One line of at most `lengthMax` characters as people count them; what was cut shows as `…`. */
export function shortened(text: string, lengthMax: number): string {
  const line = oneLine(text);
  if (line.length <= lengthMax) return line;
  const characters = [...new Intl.Segmenter().segment(line)].map(({ segment }) => segment);
  return characters.length <= lengthMax ? line : `${characters.slice(0, lengthMax - 1).join('')}…`;
}

/** JSON that is safe on a terminal too: what `JSON.stringify` leaves alone (C1, directions of writing) is escaped. */
export function safeJson(value: unknown, indent: number): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === LINE_FEED ? character : `\\u${hexOf(character).padStart(4, '0')}`,
  );
}

/** Text without the passwords of the URLs in it. */
export function withoutPasswords(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@?#]*):[^\s/@]*@/gi, '$1:***@')
    .replace(/([?&](?:ssl)?password=)[^&\s"']*/gi, '$1***');
}

function pictureOf(character: string): string {
  const code = character.charCodeAt(0);
  if (character === '\t') return TAB;
  if (code < C0_END) return String.fromCharCode(CONTROL_PICTURES + code);
  return code === DELETE ? PICTURE_OF_DELETE : `<U+${hexOf(character).toUpperCase().padStart(4, '0')}>`;
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
