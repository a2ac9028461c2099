import { NightshiftError } from '../foundation/index.ts';
import { callbackNotAllowed, codeunitError, IGNORED_DIALOG } from './background-dialogs.ts';
import type { Dialog, ProgressDialog, UserInterface } from './dialogs.ts';
import type { SessionLog } from './log-line.ts';

/** The dialog half of a session: to a person where there is one, by the background's rules where there is none. */
export abstract class ActiveDialogs implements Dialog {
  readonly #userInterface: UserInterface | null;

  constructor(userInterface: UserInterface | null) {
    this.#userInterface = userInterface;
  }

  /** The codeunit that runs now. */
  protected abstract get codeunitName(): string;
  /** Whether locks may be held: a transaction is open. */
  protected abstract get writing(): boolean;
  abstract get log(): SessionLog;

  get guiAllowed(): boolean {
    return this.#userInterface !== null;
  }

  async confirm(question: string, defaultAnswer = false): Promise<boolean> {
    if (this.#userInterface === null) throw callbackNotAllowed('confirm', this.codeunitName, this.guiAllowed);
    if (this.writing) {
      throw new NightshiftError(
        'DIALOG_IN_WRITE_TRANSACTION',
        `Codeunit "${this.codeunitName}" asks a question while its transaction is open, which holds locks until someone answers.`,
      );
    }
    return this.#userInterface.confirm(question, defaultAnswer);
  }

  message(text: string): void {
    this.log.info(text, { dialog: 'message', codeunit: this.codeunitName });
    this.#userInterface?.message(text);
  }

  error(text: string): never {
    throw codeunitError(text);
  }

  openDialog(text: string): ProgressDialog {
    return this.#userInterface?.openDialog(text) ?? IGNORED_DIALOG;
  }

  async runPage(): Promise<unknown> {
    throw callbackNotAllowed('runPage', this.codeunitName, this.guiAllowed);
  }

  async runReport(): Promise<unknown> {
    throw callbackNotAllowed('runReport', this.codeunitName, this.guiAllowed);
  }

  async activatePage(): Promise<void> {
    throw callbackNotAllowed('activatePage', this.codeunitName, this.guiAllowed);
  }

  async hyperlink(): Promise<void> {
    throw callbackNotAllowed('hyperlink', this.codeunitName, this.guiAllowed);
  }

  async upload(): Promise<Uint8Array> {
    throw callbackNotAllowed('upload', this.codeunitName, this.guiAllowed);
  }

  async download(): Promise<void> {
    throw callbackNotAllowed('download', this.codeunitName, this.guiAllowed);
  }
}
