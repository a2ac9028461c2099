// What travels over the connection, as this end knows it. A test holds it against the contract.

/** A list whose changes are told. */
export type LiveList =
  | 'jobQueueEntries'
  | 'jobQueueLogEntries'
  | 'categories'
  | 'scheduledTasks'
  | 'sessions'
  | 'approvals'
  | 'alerts'
  | 'workItems'
  | 'reportInbox';

/** A row that has changed. */
export interface LiveRow {
  /** Its id, number or code. */
  readonly id: string;
  readonly version: number | null;
  readonly status: string | null;
}

/** What happened to a list or a row. */
export interface LiveChange {
  /** What changed or came; null: read what is shown again. */
  readonly rows: readonly LiveRow[] | null;
  /** Whether rows may have gone. */
  readonly removed: boolean;
}

/** A question of a run. */
export interface LiveDialog {
  readonly run: string;
  readonly dialog: string;
  /** Text, never markup. */
  readonly question: string;
  readonly defaultAnswer: boolean;
  /** Until when it is waited for; then it is no. */
  readonly expiresAt: string;
}

/** A line of the log of a run. */
export interface LiveLogLine {
  readonly at: string;
  readonly level: 'information' | 'warning' | 'error';
  readonly text: string;
  readonly details?: unknown;
}

/** How a run ended. */
export interface LiveOutcome {
  readonly status: string;
  readonly error: { readonly code: string | null; readonly message: string } | null;
  readonly logEntryNo: number | null;
  readonly differences: readonly {
    readonly what: string;
    readonly foreground: string;
    readonly background: string;
  }[];
}

/** A message of the server, as far as all of them are alike. */
export interface LiveEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}
