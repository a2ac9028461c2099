/** What is undone together with a savepoint besides its statements. */
export interface SavepointObserver {
  /** A place to go back to. */
  mark(): number;
  /** Everything since that place was undone. */
  rewind(mark: number): void;
}

interface Mark {
  readonly name: string;
  readonly mark: number;
}

/** A name ends where no more of it can follow; PostgreSQL has more ways to write one than we need to read. */
const NAME = '("(?:[^"]|"")*"|[a-z_]\\w*)(?![\\w$"&\\u0080-\\uffff])';
const SAVEPOINT = new RegExp(`^\\s*savepoint\\s+${NAME}`, 'i');
const RELEASE = new RegExp(`^\\s*release\\s+(?:savepoint\\s+)?${NAME}`, 'i');
const ROLLBACK_TO = new RegExp(
  `^\\s*rollback\\s+(?:(?:work|transaction)\\s+)?to\\s+(?:savepoint\\s+)?${NAME}`,
  'i',
);
/** Ours come with the release of what they went back to. */
const AND_RELEASE = /;\s*release savepoint \w+$/;

/** Whether a statement makes or ends a savepoint, by its first word in capitals. */
export function isAboutSavepoint(keyword: string): boolean {
  return keyword === 'SAVEPOINT' || keyword === 'ROLLBACK' || keyword === 'RELEASE';
}

/**
 * Follows the savepoints of a transaction by the commands that make and undo them, whoever sends these: what waits for
 * the commit must not happen when the savepoint behind which it was said is undone. What it cannot follow counts as
 * undone.
 */
export class SavepointMarks {
  readonly #observer: SavepointObserver;
  readonly #marks: Mark[] = [];

  constructor(observer: SavepointObserver) {
    this.#observer = observer;
  }

  /** Sends a statement, and follows what becomes of it. `keyword` is its first word, in capitals. */
  follow<T>(keyword: string, text: string, send: () => Promise<T>): Promise<T> {
    return isAboutSavepoint(keyword) ? this.#follow(keyword, text, send) : send();
  }

  async #follow<T>(keyword: string, text: string, send: () => Promise<T>): Promise<T> {
    const made = keyword === 'SAVEPOINT' ? this.#make(text) : null;
    try {
      const answer = await send();
      if (keyword === 'ROLLBACK') this.#wentBack(text);
      if (keyword === 'RELEASE') this.#released(text);
      return answer;
    } catch (error) {
      // There is no such savepoint, so nobody goes back to it; to an older one of its name perhaps.
      const at = made === null ? -1 : this.#marks.indexOf(made);
      if (at !== -1) this.#marks.splice(at, 1);
      throw error;
    }
  }

  /** Follows a command that is sent later, as if it were done. It names a savepoint of ours, and is known to succeed. */
  foretold(text: string): void {
    if (SAVEPOINT.test(text)) this.#make(text);
    else if (RELEASE.test(text)) this.#released(text);
    else this.#wentBack(text);
  }

  /** The transaction has ended, and its savepoints with it. */
  clear(): void {
    this.#marks.length = 0;
  }

  #make(text: string): Mark | null {
    const name = nameIn(SAVEPOINT, text);
    const made = name === null ? null : { name, mark: this.#observer.mark() };
    if (made !== null) this.#marks.push(made);
    return made;
  }

  #wentBack(text: string): void {
    const at = this.#indexOf(nameIn(ROLLBACK_TO, text));
    // Unknown to us, it may have undone everything.
    this.#observer.rewind(this.#marks[at]?.mark ?? 0);
    this.#marks.length = AND_RELEASE.test(text) ? Math.max(at, 0) : at + 1;
  }

  /** It is gone, and those behind it; what was said there belongs to what is around it. */
  #released(text: string): void {
    this.#marks.length = Math.max(this.#indexOf(nameIn(RELEASE, text)), 0);
  }

  #indexOf(name: string | null): number {
    return name === null ? -1 : this.#marks.findLastIndex((mark) => mark.name === name);
  }
}

function nameIn(command: RegExp, text: string): string | null {
  const written = command.exec(text)?.[1];
  if (written === undefined) return null;
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}
