import { fileURLToPath } from 'node:url';

/** What keeps a main thread from running; what is not known is null. */
export interface BlockedBy {
  /** The codeunit of a session; null for code outside of sessions. */
  readonly codeunit: string | null;
  readonly sessionId: number | null;
  readonly company: string | null;
  readonly user: string | null;
  /** Absolute path. */
  readonly file: string | null;
  /** The first line is 1. */
  readonly line: number | null;
  readonly function: string | null;
}

/** Nothing could be learnt: the main thread is in native code, or cannot be inspected. */
export const BLOCKED_BY_NOTHING_KNOWN: BlockedBy = Object.freeze({
  codeunit: null,
  sessionId: null,
  company: null,
  user: null,
  file: null,
  line: null,
  function: null,
});

/** For sentences: `codeunit Post Orders at /app/orders.ts:12`. */
export function describeBlockedBy({ codeunit, file, line }: BlockedBy): string {
  const place = file === null ? '' : ` at ${file}:${line}`;
  if (codeunit !== null) return `codeunit ${codeunit}${place}`;
  return file === null ? 'code at an unknown place' : `code outside of sessions${place}`;
}

/** One frame of a stopped thread, innermost first. */
export interface Frame {
  readonly id: string;
  /** Of its script: `file:…`, `node:…`, a path, or empty. */
  readonly url: string;
  readonly function: string;
  /** The first line is 0. */
  readonly line: number;
}

/** Where the files of this package are: `src`, or `dist`. */
const OURS = new URL('../', import.meta.url).href;

/** The frame that a reader wants to see: their own code before a package they use, and that before ours; null when there is none. */
export function tellingFrame(frames: readonly Frame[]): Frame | null {
  const written = frames.filter(isFile);
  const foreign = written.filter(({ url }) => !url.startsWith(OURS));
  const own = foreign.find(({ url }) => !url.includes('/node_modules/'));
  return own ?? foreign[0] ?? written[0] ?? null;
}

/** A frame of a file, from which globals can be reached: Node's own modules do not see them. */
export function isFile({ url }: Frame): boolean {
  return url.startsWith('file:') || url.startsWith('/');
}

/** Puts together what the frames and the session tell. `running` is what the running code's facts answered. */
export function blockedBy(frame: Frame | null, running: unknown): BlockedBy {
  const facts = typeof running === 'object' && running !== null ? (running as Record<string, unknown>) : {};
  return {
    codeunit: textOr(facts['codeunit']),
    sessionId: typeof facts['sessionId'] === 'number' ? facts['sessionId'] : null,
    company: textOr(facts['company']),
    user: textOr(facts['user']),
    file: frame === null ? null : pathOf(frame.url),
    line: frame === null ? null : frame.line + 1,
    function: frame === null || frame.function === '' ? null : frame.function,
  };
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function pathOf(url: string): string {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}
