import type pg from 'pg';
import { isAboutSavepoint, type SavepointObserver } from './savepoint-marks.ts';
import { quietly } from './slot-wire.ts';
import { type SavepointTransaction, TransactionSavepoints } from './transaction-savepoints.ts';

/** The savepoints of a transaction, which most sessions have none of. */
export abstract class SavepointedTransaction {
  readonly #observer: SavepointObserver;
  #savepoints: TransactionSavepoints | null = null;

  constructor(observer: SavepointObserver) {
    this.#observer = observer;
  }

  /** What the savepoints ask of the transaction. */
  protected abstract forSavepoints(): SavepointTransaction;

  get savepoints(): TransactionSavepoints {
    this.#savepoints ??= new TransactionSavepoints(this.#observer, this.forSavepoints());
    return this.#savepoints;
  }

  /** @param prefix of the savepoint's name. Default: that of all others */
  savepoint<T>(fn: () => Promise<T>, prefix?: string): Promise<T> {
    return quietly(this.savepoints.run(fn, prefix));
  }

  /** As `TransactionSavepoints.follow`. */
  protected followed<T>(keyword: string, statement: string, send: () => Promise<T>): Promise<T> {
    const none = this.#savepoints === null && !isAboutSavepoint(keyword);
    return none ? send() : this.savepoints.follow(keyword, statement, send);
  }

  /** As `TransactionSavepoints.refuseLost`. */
  protected refuseLostSavepoint(): void {
    this.#savepoints?.refuseLost();
  }

  /** As `TransactionSavepoints.sendWaiting`. */
  protected sendWaitingSavepoints(client: pg.Client): Promise<unknown> | null {
    return this.#savepoints?.sendWaiting(client) ?? null;
  }

  protected get hasOpenSavepoint(): boolean {
    return this.#savepoints?.isEmpty === false;
  }

  /** As `TransactionSavepoints.over`. */
  protected endSavepoints(): void {
    this.#savepoints?.over();
  }

  /** As `TransactionSavepoints.lose`. */
  protected loseSavepoints(reason: Parameters<TransactionSavepoints['lose']>[0]): void {
    this.#savepoints?.lose(reason);
  }
}
