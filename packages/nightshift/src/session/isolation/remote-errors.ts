import { checkedReport, ERROR_MESSAGES_MAX, type ErrorTally, keptText } from '../error-register.ts';

/** Longer texts are cut before they cross; outside they are cut to what is kept. In characters. */
const CROSSING_LENGTH_MAX = 100_000;

/** The errors that a session in an isolate reports: sent at once, as its log is, and no more of them than are kept. */
export class RemoteErrors {
  readonly #send: (report: unknown, codeunit: string) => void;
  #count: number;
  #first: string | null;
  #sent = 0;
  #dropped = 0;

  /** @param before what the session has reported outside */
  constructor({ count, first }: ErrorTally, send: (report: unknown, codeunit: string) => void) {
    this.#count = count;
    this.#first = first;
    this.#send = send;
  }

  /** Those before included. */
  get tally(): ErrorTally {
    return { count: this.#count, first: this.#first };
  }

  /** Errors that were not sent. */
  get dropped(): number {
    return this.#dropped;
  }

  add(report: unknown, codeunit: string): void {
    this.#count++;
    if (this.#sent >= ERROR_MESSAGES_MAX) {
      this.#dropped++;
      return;
    }
    this.#sent++;
    const { text, ...rest } = checkedReport(report, CROSSING_LENGTH_MAX);
    this.#first ??= keptText(text);
    this.#send({ ...rest, message: text }, codeunit);
  }
}
