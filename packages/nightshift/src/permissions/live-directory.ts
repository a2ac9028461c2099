import type { Executor } from '../database/index.ts';
import { type Clock, SECOND_MS } from '../foundation/index.ts';
import { type Directory, directoryOf, readRows } from './directory.ts';
import { readRightsVersion } from './permissions.sql.ts';

/** How long what was read of rights is taken for true by those who ask for what is fresh. */
export const RIGHTS_FRESH_MS = SECOND_MS;

/** The channel on which changes of rights are told. */
export const RIGHTS_CHANNEL = 'nightshift_rights';

/**
 * The directory of a process, kept up to date: a change by this process counts at once, one by another when it is told of,
 * or when somebody asks for what is fresh.
 */
export class LiveDirectory implements Directory {
  readonly #database: Executor;
  readonly #clock: Clock;
  readonly #watchers = new Set<(directory: Directory) => void>();
  #directory: Directory;
  #version: number;
  /** When it was last known to be true, on the monotonic clock. */
  #confirmedAt: number;
  #reading: Promise<void> | null = null;
  #confirming: Promise<void> | null = null;

  private constructor(database: Executor, clock: Clock, version: number, directory: Directory) {
    this.#database = database;
    this.#clock = clock;
    this.#version = version;
    this.#directory = directory;
    this.#confirmedAt = clock.monotonic();
  }

  /** Reads it for the first time. */
  static async read(database: Executor, clock: Clock): Promise<LiveDirectory> {
    const rows = await readRows(database);
    return new LiveDirectory(database, clock, rows.version, directoryOf(rows));
  }

  /** As it was read last. */
  get current(): Directory {
    return this.#directory;
  }

  /** Grows with every change that was read. */
  get version(): number {
    return this.#version;
  }

  get companies() {
    return this.#directory.companies;
  }

  get users() {
    return this.#directory.users;
  }

  get permissionSets() {
    return this.#directory.permissionSets;
  }

  get assignments() {
    return this.#directory.assignments;
  }

  get inherentPermissions() {
    return this.#directory.inherentPermissions;
  }

  company(name: string) {
    return this.#directory.company(name);
  }

  user(name: string) {
    return this.#directory.user(name);
  }

  companyByNo(no: number) {
    return this.#directory.companyByNo(no);
  }

  userByNo(no: number) {
    return this.#directory.userByNo(no);
  }

  permissionSet(name: string) {
    return this.#directory.permissionSet(name);
  }

  rightsOfSet(name: string) {
    return this.#directory.rightsOfSet(name);
  }

  setsOf(userNo: number, companyNo: number) {
    return this.#directory.setsOf(userNo, companyNo);
  }

  rightsOf(userNo: number, companyNo: number) {
    return this.#directory.rightsOf(userNo, companyNo);
  }

  rightsEverywhere(userNo: number) {
    return this.#directory.rightsEverywhere(userNo);
  }

  /** Calls `watcher` after each change; returns what ends that. */
  watch(watcher: (directory: Directory) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Whether what was read is known to have been true within the last second. */
  get isFresh(): boolean {
    return this.#clock.monotonic() - this.#confirmedAt < RIGHTS_FRESH_MS;
  }

  /** At most a second old. @throws the database's error */
  async fresh(): Promise<Directory> {
    if (!this.isFresh) {
      this.#confirming ??= this.#confirm().finally(() => {
        this.#confirming = null;
      });
      await this.#confirming;
    }
    return this.#directory;
  }

  /** As it is now. @throws the database's error */
  async confirmed(): Promise<Directory> {
    await this.#confirm();
    return this.#directory;
  }

  async #confirm(): Promise<void> {
    const askedAt = this.#clock.monotonic();
    const [row] = await this.#database.run<{ version: string }>(readRightsVersion, []);
    await this.notice(Number(row?.version ?? 0), askedAt);
  }

  /** Reads again when the database is said to be at a later version. @param askedAt when that was asked, monotonic */
  async notice(version: number, askedAt = this.#clock.monotonic()): Promise<void> {
    if (version > this.#version) await this.refresh();
    else this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
  }

  /** Reads it again. Whoever comes while it is read waits for the next reading. @throws the database's error */
  async refresh(): Promise<void> {
    const before = this.#reading;
    if (before !== null) await before.catch(() => undefined);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  async #read(): Promise<void> {
    await Promise.resolve(); // whoever asks in this turn comes along
    const askedAt = this.#clock.monotonic();
    const rows = await readRows(this.#database);
    this.#confirmedAt = askedAt;
    if (rows.version < this.#version) return;
    this.#version = rows.version;
    this.#directory = directoryOf(rows);
    for (const watcher of this.#watchers) watcher(this.#directory);
  }
}
