import { NightshiftError } from '../foundation/index.ts';
import type { ProgressDialog } from './dialogs.ts';

/** Ends a run quietly: what `session.error('')` throws. */
export class QuietEnd extends Error {
  override readonly name = 'QuietEnd';

  constructor() {
    super('ended quietly');
  }

  /** Total: what user code throws may refuse to be looked at. */
  static is(thrown: unknown): thrown is QuietEnd {
    try {
      return thrown instanceof QuietEnd;
    } catch {
      return false;
    }
  }
}

/** The error that `session.error(text)` throws. */
export function codeunitError(text: string): Error {
  if (text === '') return new QuietEnd();
  const error = new NightshiftError('CODEUNIT_ERROR', text);
  Error.captureStackTrace(error, codeunitError);
  return error;
}

/** The error for a dialog that nobody could answer, with the codeunit and the place in its code. */
export function callbackNotAllowed(
  dialog: string,
  codeunitName: string,
  guiAllowed: boolean,
): NightshiftError {
  const place = placeInUserCode(new Error().stack ?? '');
  const nobody = guiAllowed
    ? 'this user interface cannot do that'
    : 'a background session has nobody to answer';
  const where = place === null ? '' : ` at ${place.file}:${place.line}`;
  return new NightshiftError(
    'CALLBACK_NOT_ALLOWED',
    `Codeunit "${codeunitName}" called session.${dialog}${where}, but ${nobody}.`,
    { details: { dialog, codeunit: codeunitName, ...place } },
  );
}

/** A progress window that nobody sees. */
export const IGNORED_DIALOG: ProgressDialog = Object.freeze({
  update: () => undefined,
  close: () => undefined,
});

const OWN_FOLDER = new URL('.', import.meta.url).href;
const FRAME = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()\n]*?):(\d+):\d+\)?$/;

/** A line of code. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** The first stack frame outside this folder: the line in user code. */
export function placeInUserCode(stack: string): Place | null {
  const own = [OWN_FOLDER, decodeURIComponent(new URL(OWN_FOLDER).pathname)];
  for (const line of stack.split('\n').slice(1)) {
    const match = FRAME.exec(line.trim());
    const file = match?.[1];
    if (file === undefined || line.includes('node:internal')) continue;
    const isOwn = own.some((folder) => file.startsWith(folder) && !file.endsWith('.test.ts'));
    if (!isOwn) return { file: file.replace(/^file:\/\//, ''), line: Number(match?.[2]) };
  }
  return null;
}
