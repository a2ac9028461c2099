import { NightshiftError } from '../foundation/index.ts';
import type { Dimensions } from '../telemetry/index.ts';
import {
  callbackNotAllowed,
  codeunitError,
  IGNORED_DIALOG,
  type Place,
  placeInUserCode,
} from './background-dialogs.ts';
import type { Dialog, ProgressDialog, UserInterface } from './dialogs.ts';
import type { SessionLog } from './log-line.ts';
import { textOf } from './run-log.ts';

/** Longest text of a message in telemetry, in characters. */
const MESSAGE_LENGTH_MAX = 4_096;

/** What telemetry hears of a message. */
export function messageDimensions(
  session: { readonly id: number },
  codeunit: string,
  text: string,
  place: Place | null,
): Dimensions {
  const cut = textOf(text, MESSAGE_LENGTH_MAX);
  return { sessionId: session.id, codeunit, file: place?.file ?? null, line: place?.line ?? null, text: cut };
}

/** The dialogs that a user interface may offer besides questions and messages. */
type Offered = 'runPage' | 'runReport' | 'activatePage' | 'hyperlink' | 'upload' | 'download';

/** The dialog half of a session: to a person where there is one, by the background's rules where there is none. */
export abstract class ActiveDialogs implements Dialog {
  readonly #userInterface: UserInterface | null;

  constructor(userInterface: UserInterface | null) {
    this.#userInterface = userInterface;
  }

  /** The codeunit that runs now. */
  protected abstract get codeunitName(): string;
  /** Whether its transaction has written something, and so holds locks that others wait for. */
  protected abstract holdsLocks(): Promise<boolean>;
  /** A message was shown or suppressed; telemetry hears of it. */
  protected abstract onMessage(text: string, place: Place | null): void;
  abstract get log(): SessionLog;
  /** Aborted when the session is stopped. */
  abstract readonly signal: AbortSignal;

  get guiAllowed(): boolean {
    return this.#userInterface !== null;
  }

  async confirm(question: string, defaultAnswer = false): Promise<boolean> {
    if (this.#userInterface === null) throw callbackNotAllowed('confirm', this.codeunitName, this.guiAllowed);
    await this.#refuseWhileLocked();
    return unlessAborted(this.#userInterface.confirm(question, defaultAnswer), this.signal);
  }

  message(text: string): void {
    const place = placeInUserCode(new Error().stack ?? '');
    this.log.info(text, { dialog: 'message', codeunit: this.codeunitName, ...place });
    this.onMessage(text, place);
    this.#userInterface?.message(text);
  }

  error(text: string): never {
    throw codeunitError(text);
  }

  openDialog(text: string): ProgressDialog {
    return this.#userInterface?.openDialog(text) ?? IGNORED_DIALOG;
  }

  async runPage(name: string, record?: unknown): Promise<unknown> {
    const run = this.#offered('runPage');
    await this.#refuseWhileLocked();
    return run(name, record);
  }

  async runReport(name: string, parameters?: unknown): Promise<unknown> {
    const run = this.#offered('runReport');
    await this.#refuseWhileLocked();
    return run(name, parameters);
  }

  async activatePage(name: string): Promise<void> {
    await this.#offered('activatePage')(name);
  }

  async hyperlink(url: string): Promise<void> {
    await this.#offered('hyperlink')(url);
  }

  async upload(prompt: string): Promise<Uint8Array> {
    const upload = this.#offered('upload');
    await this.#refuseWhileLocked();
    return upload(prompt);
  }

  async download(name: string, content: Uint8Array): Promise<void> {
    await this.#offered('download')(name, content);
  }

  /** @throws NightshiftError CALLBACK_NOT_ALLOWED when nobody is there, or his user interface cannot do that */
  #offered<D extends Offered>(dialog: D): NonNullable<UserInterface[D]> {
    const offered = this.#userInterface?.[dialog]?.bind(this.#userInterface);
    if (offered === undefined) throw callbackNotAllowed(dialog, this.codeunitName, this.guiAllowed);
    return offered as NonNullable<UserInterface[D]>;
  }

  /** @throws NightshiftError DIALOG_IN_WRITE_TRANSACTION: nobody answers while locks are held */
  async #refuseWhileLocked(): Promise<void> {
    if (!(await this.holdsLocks())) return;
    throw new NightshiftError(
      'DIALOG_IN_WRITE_TRANSACTION',
      `Codeunit "${this.codeunitName}" waits for a person while its transaction holds locks, which others wait for.`,
    );
  }
}

/** Waits for an answer no longer than until the session is stopped. @throws why it was stopped */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  // One that comes later is nobody's matter any more.
  answer.catch(() => undefined);
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  const onAbort = () => stopped.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([answer, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
