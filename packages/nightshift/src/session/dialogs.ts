import type { LogLine } from './log-line.ts';

/** A progress window. In the background it is ignored. */
export interface ProgressDialog {
  update(text: string): void;
  close(): void;
}

/**
 * What may ask or tell a person. In a session without one (`guiAllowed` false): `message` is logged, `error` ends the
 * run, progress windows are ignored, and everything that would need an answer raises CALLBACK_NOT_ALLOWED.
 */
export interface Dialog {
  /**
   * Asks yes or no.
   * @throws NightshiftError CALLBACK_NOT_ALLOWED in the background, with the place in the code;
   *   DIALOG_IN_WRITE_TRANSACTION while uncommitted writes hold locks (so do runPage, runReport and upload)
   */
  confirm(question: string, defaultAnswer?: boolean): Promise<boolean>;
  /** Tells the person; in the background a line of level Information in the run's log. */
  message(text: string): void;
  /** Ends the run with an error that people read. `error('')` ends it quietly: rolled back, yet a success. */
  error(text: string): never;
  /** Opens a progress window; ignored in the background. */
  openDialog(text: string): ProgressDialog;
  /** @throws NightshiftError CALLBACK_NOT_ALLOWED in the background */
  runPage(name: string, record?: unknown): Promise<unknown>;
  /** @throws NightshiftError CALLBACK_NOT_ALLOWED in the background */
  runReport(name: string, parameters?: unknown): Promise<unknown>;
  /** @throws NightshiftError CALLBACK_NOT_ALLOWED in the background */
  activatePage(name: string): Promise<void>;
  /** @throws NightshiftError CALLBACK_NOT_ALLOWED in the background */
  hyperlink(url: string): Promise<void>;
  /** @throws NightshiftError CALLBACK_NOT_ALLOWED in the background */
  upload(prompt: string): Promise<Uint8Array>;
  /** @throws NightshiftError CALLBACK_NOT_ALLOWED in the background */
  download(name: string, content: Uint8Array): Promise<void>;
}

/**
 * The person behind a foreground session: a terminal in the command line, a browser later. Text that the session shows
 * is data, never markup.
 */
export interface UserInterface {
  confirm(question: string, defaultAnswer: boolean): Promise<boolean>;
  message(text: string): void;
  openDialog(text: string): ProgressDialog;
  /** The session has logged a line. Default: nobody sees it before the run is over. */
  log?(line: LogLine): void;
  // What it leaves out raises CALLBACK_NOT_ALLOWED.
  runPage?(name: string, record: unknown): Promise<unknown>;
  runReport?(name: string, parameters: unknown): Promise<unknown>;
  activatePage?(name: string): Promise<void>;
  hyperlink?(url: string): Promise<void>;
  upload?(prompt: string): Promise<Uint8Array>;
  download?(name: string, content: Uint8Array): Promise<void>;
}
