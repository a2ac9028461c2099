// The types of the HTTP interface. Made by "npm run openapi"; do not edit.

/** Something that somebody should know who does not look. */
export type Alert = {
  /** Its number; the greater the later it was told. */ readonly no: number;
  /** Of what it tells. */ readonly kind: "retries" | "failed" | "recovered" | "succeeded" | "overdue" | "overrun" | "nothing-ran" | "user-gone" | "approval" | "items-failed";
  /** How much somebody should care. */ readonly tone: "bad" | "wait" | "good";
  /** What it is about: an entry, by its description or object, a table of work items, or a user. */ readonly subject: string;
  /** A sentence for people. */ readonly text: string;
  /** Since when it is so, or when it happened. */ readonly since: string;
  /** When it was noticed last. */ readonly lastAt: string;
  /** How often it was noticed; how many work items failed, or entries are to run as a user who is gone. */ readonly times: number;
  /** Since when it is not so any more; null: it is so. What happened in a moment is over at once. */ readonly overAt: string | null;
  /** Whether you have marked it as seen. */ readonly isSeen: boolean;
  /** The entry; null: it is about none. */ readonly entryId: string | null;
  /** The number of the entry. */ readonly entryNo: number | null;
  /** The number of the log entry that tells more. */ readonly logEntryNo: number | null;
  /** The table of work items. */ readonly table: string | null;
  /** The same for errors of one kind. */ readonly fingerprint: string | null;
};

/** Whether an action is open to whoever asked, and why it is not. */
export type AllowedAction = {
  /** The name of the action, as in its address. */ readonly name: string;
  /** Whether it would be let through now. */ readonly allowed: boolean;
  /** Why it would not; null when it would. */ readonly reason: string | null;
};

/** What a machine signs in with. */
export type ApiKey = {
  /** Names the key; it is part of it. */ readonly id: string;
  /** What it is for. */ readonly name: string;
  /** As whom it acts. */ readonly user: string;
  /** The only company that it reaches. */ readonly company: string;
  /** The verbs that it is held to. */ readonly scopes: readonly (string)[];
  /** Who created it. */ readonly createdBy: string;
  /** When. */ readonly createdAt: string;
  /** Until when it is valid. */ readonly expiresAt: string;
  /** When it was used last, to the minute; null: never. */ readonly lastUsedAt: string | null;
  /** When it was revoked; null: it was not. */ readonly revokedAt: string | null;
  /** Whether it is let in: neither expired nor revoked, and its user is not gone. */ readonly isValid: boolean;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
};

/** That somebody asks for an entry to be set Ready who may not do that himself. */
export type Approval = {
  /** Names the request. */ readonly id: string;
  /** The entry that is to be set Ready. */ readonly entryId: string;
  /** The number of that entry. */ readonly entryNo: number;
  /** What it runs. */ readonly object: string;
  /** What it is there for. */ readonly description: string;
  /** The text that its codeunit is given. */ readonly parameterString: string;
  /** The state of the entry now. */ readonly entryStatus: JobQueueEntryStatus;
  /** Who asks. */ readonly requestedBy: string;
  /** Since when. */ readonly requestedAt: string;
  /** Why. */ readonly comment: string;
  /** As whom it is to run; null: as whoever approves. */ readonly askedUser: string | null;
  /** What became of the request. */ readonly status: "Open" | "Approved" | "Rejected" | "Withdrawn";
  /** Who decided; null: nobody has. */ readonly decidedBy: string | null;
  /** When. */ readonly decidedAt: string | null;
  /** Why so; null: nothing was said. */ readonly decisionComment: string | null;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
};

/** That a user has a permission set. */
export type Assignment = {
  /** The name of the user. */ readonly user: string;
  /** The name of the permission set. */ readonly permissionSet: string;
  /** Whether all companies are meant; when left out, the one of the address is. */ readonly everywhere?: boolean | undefined;
};

/** What somebody has done, or was refused. */
export type AuditRow = {
  /** Names the row. */ readonly id: string;
  /** When it was. */ readonly at: string;
  /** Who did it, as he was called then. */ readonly user: string;
  /** His number; null: the code of an application. */ readonly userNo: number | null;
  /** Where; null: everywhere. */ readonly company: string | null;
  /** What he did, such as user.modify. */ readonly verb: string;
  /** To what kind of thing. */ readonly objectKind: string;
  /** Its id; null: it has none. */ readonly objectId: string | null;
  /** Its name; null: it has none. */ readonly objectName: string | null;
  /** What differed, as it was; null: there was nothing. */ readonly before: unknown;
  /** What differed, as it became; null: there is nothing any more. */ readonly after: unknown;
  /** Whether he was let through. */ readonly result: "allowed" | "denied";
  /** The code of a refusal; null: it was none. */ readonly errorCode: string | null;
  /** Why he was refused; null: he was not. */ readonly reason: string | null;
  /** The session in which he did it; null: in none. */ readonly sessionUniqueId: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string | null;
};

/** A page background task that was waited for. */
export type BackgroundTaskRun = {
  /** What it answered, as texts. */ readonly results: Readonly<Record<string, string>>;
  /** How long it waited for its turn. */ readonly waitedMs: number;
  /** How long it ran. */ readonly ranMs: number;
};

/** Something that is done to many, one after another. */
export type BulkOperation = {
  /** Names it. */ readonly id: string;
  /** Who does it. */ readonly user: string;
  /** What it is done to. */ readonly target: "jobQueueEntries" | "jobQueueLogEntries" | "scheduledTasks" | "workItems";
  /** The table of work items; null: it is done to something else. */ readonly items: string | null;
  /** What is done. */ readonly action: string;
  /** What the action takes. */ readonly arguments: Readonly<Record<string, unknown>>;
  /** Where it stands. What the end of a server has cut off is gone on with by another. */ readonly status: "Running" | "Aborting" | "Done" | "Aborted";
  /** How many rows are meant. */ readonly total: number;
  /** To how many it was done. */ readonly done: number;
  /** To how many it was not. */ readonly refused: number;
  /** Of how many nobody knows, because a server ended meanwhile. */ readonly unknown: number;
  /** Since when. */ readonly createdAt: string;
  /** When it ended; null: it has not. */ readonly endedAt: string | null;
  /** The same for all that it has set off. */ readonly correlationId: string | null;
};

/** What would come of doing something to many. */
export type BulkPreview = {
  /** How many rows are meant. */ readonly total: number;
  /** To how many of them it would be done. */ readonly allowed: number;
  /** Why it would not be done to the others, the most frequent reason first; at most 20. */ readonly reasons: readonly ({
  /** Why not. */ readonly reason: string;
  /** To how many. */ readonly rows: number;
})[];
  /** The first 500 rows. */ readonly rows: readonly ({
  /** The id of the row. */ readonly id: string;
  /** What people call it. */ readonly name: string;
  /** Whether it would be done to it. */ readonly allowed: boolean;
  /** Why not; null: it would. */ readonly reason: string | null;
})[];
};

/** One of many rows to which something is done. */
export type BulkRow = {
  /** Its place, from 1. */ readonly no: number;
  /** The id of the row. */ readonly id: string;
  /** What people call it. */ readonly name: string;
  /** What became of it; Open: its turn has not come. */ readonly outcome: "Open" | "Begun" | "Done" | "Refused" | "Unknown";
  /** The code of the error; null: there was none. */ readonly code: string | null;
  /** Why it was not done; null: it was, or its turn has not come. */ readonly reason: string | null;
};

/** Which rows are meant: these, or all that fit. */
export type BulkSelection = {
  /** The ids of the rows, as in their list; of log entries and work items their numbers. */ readonly ids?: readonly (string)[] | undefined;
  /** Instead: all rows that fit, as in their list. */ readonly filter?: {
  /** Only rows in these states. */ readonly status?: readonly ("On Hold" | "Ready" | "In Process" | "Waiting" | "On Hold with Inactivity Timeout" | "Error" | "Finished" | "Success" | "Skipped" | "Stopped" | "Killed" | "Timeout" | "Lost" | "Not Ready" | "Pending" | "Running" | "Retrying" | "Failed" | "Poison" | "Processing" | "Processed" | "Resolved")[] | undefined;
  /** Entries and log entries: only those of this codeunit. */ readonly object?: string | undefined;
  /** Entries: only those of this category. */ readonly category?: string | undefined;
  /** Entries: only those that run as this user. */ readonly runAs?: string | undefined;
  /** Entries: only those with this tag. */ readonly tag?: string | undefined;
  /** Entries: only those that contain this. */ readonly q?: string | undefined;
  /** Entries and tasks: only those whose user is gone. */ readonly userGone?: boolean | undefined;
  /** Log entries and work items: only this kind of error. */ readonly fingerprint?: string | undefined;
  /** Log entries: only those that started then or later. */ readonly startedFrom?: string | undefined;
  /** Log entries: only those that started before. */ readonly startedTo?: string | undefined;
  /** Work items: only those that this user looks after. */ readonly assignedTo?: string | undefined;
  /** Work items: only those that nobody looks after. */ readonly unassigned?: boolean | undefined;
} | undefined;
};

/** What would be done to many. */
export type BulkWish = {
  /** What it is done to. */ readonly target: "jobQueueEntries" | "jobQueueLogEntries" | "scheduledTasks" | "workItems";
  /** The table of work items, when it is done to these. */ readonly items?: string | undefined;
  /** What is done, as the action of a row is called. */ readonly action: "setReady" | "setOnHold" | "restart" | "runNow" | "wake" | "stopRun" | "delete" | "setPriority" | "reassign" | "retry" | "cancel" | "rerun" | "skip" | "resolve" | "assign";
  readonly selection: BulkSelection;
  /** What the action takes. */ readonly arguments?: {
  /** The new priority. */ readonly priority?: "High" | "Normal" | "Low" | undefined;
  /** To whom it is given; null: to nobody. */ readonly user?: string | null | undefined;
  /** Why. */ readonly comment?: string | undefined;
  /** Why items are skipped. */ readonly reason?: string | undefined;
  /** How items were resolved. */ readonly note?: string | undefined;
} | undefined;
};

/** Of the entries of a category only so many run at a time. */
export type Category = {
  /** By this entries name it, 1 to 20 characters. */ readonly code: string;
  /** What it is there for. */ readonly description: string;
  /** How many of its entries may run at a time. */ readonly parallelism: number;
  /** How many entries name it. */ readonly entries: number;
  /** How many of them run, or are about to. */ readonly held: number;
  /** How many of them wait for others to end. */ readonly waiting: number;
  /** Grows with every change. */ readonly version: number;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
};

/** What of a category is to become different. */
export type CategoryChanges = {
  /** By this entries name it, 1 to 20 characters. */ readonly code?: string | undefined;
  /** What it is there for. */ readonly description?: string | undefined;
  /** How many of its entries may run at a time. */ readonly parallelism?: number | undefined;
};

/** How many work items were changed. */
export type ChangedItems = {
  /** How many items were changed; at most 10,000 at a time. */ readonly changed: number;
};

/** A unit of business code that can be run. */
export type Codeunit = {
  /** Its name. */ readonly name: string;
  /** Its number; null: it has none. */ readonly id: number | null;
  /** What it is given, as a JSON schema; null: nothing. */ readonly recordSchema: unknown;
  /** Where it runs. */ readonly isolation: "main" | "thread" | "process";
  /** The rights to tables that it needs, some of RIMD by table. */ readonly tables: Readonly<Record<string, string>>;
};

/** A partition of the business data. */
export type Company = {
  /** Its number; it stays when the company is renamed. */ readonly no: number;
  /** Its name, as in addresses. */ readonly name: string;
  /** The PostgreSQL schema that holds its tables. */ readonly schema: string;
  /** The IANA time zone in which it counts its days. */ readonly timeZone: string;
  /** Whether sessions are opened in it. */ readonly state: "creating" | "open" | "deleting";
  /** Grows with every change. */ readonly version: number;
};

/** What of a company is to become different. */
export type CompanyChanges = {
  /** Its new name, 1 to 30 characters. */ readonly name: string;
};

/** What a copy of a company is to be called. */
export type CompanyCopy = {
  /** The name of the copy, 1 to 30 characters. */ readonly name: string;
};

/** A copy of a company, and what it took along. */
export type CopiedCompany = {
  /** The copy. */ readonly company: Company;
  /** How many tables were copied. */ readonly tables: number;
  /** How many rows. */ readonly rows: number;
  /** How many job queue entries. */ readonly entries: number;
  /** How many of them would have run, and are On Hold in the copy. */ readonly held: number;
  /** Indexes that no migration makes: the copy does without. */ readonly leftOut: readonly (string)[];
};

/** A new API key, with its secret. */
export type CreatedApiKey = {
  /** Names the key; it is part of it. */ readonly id: string;
  /** What it is for. */ readonly name: string;
  /** As whom it acts. */ readonly user: string;
  /** The only company that it reaches. */ readonly company: string;
  /** The verbs that it is held to. */ readonly scopes: readonly (string)[];
  /** Who created it. */ readonly createdBy: string;
  /** When. */ readonly createdAt: string;
  /** Until when it is valid. */ readonly expiresAt: string;
  /** When it was used last, to the minute; null: never. */ readonly lastUsedAt: string | null;
  /** When it was revoked; null: it was not. */ readonly revokedAt: string | null;
  /** Whether it is let in: neither expired nor revoked, and its user is not gone. */ readonly isValid: boolean;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
  /** The key itself. It is never shown again. */ readonly key: string;
};

/** From which number on a cue is to be looked at. */
export type CueThreshold = {
  /** From this number on it is to be looked at; 0: never. */ readonly amber: number;
  /** From this number on it needs attention; 0: never. */ readonly red: number;
};

/** From which numbers on cues are to be looked at. */
export type CueThresholds = {
  /** Entries in Error. */ readonly failed: CueThreshold;
  /** Entries that run. */ readonly inProcess: CueThreshold;
  /** Entries that are Ready or wait. */ readonly inQueue: CueThreshold;
  /** Entries that should have run and did not. */ readonly overdue: CueThreshold;
  /** Open requests for approval. */ readonly waitingForApproval: CueThreshold;
  /** Work items that failed for good. */ readonly failedItems: CueThreshold;
};

/** What is to hold for cues. */
export type CueThresholdsChange = {
  /** From which numbers on; null: takes back what was said. */ readonly thresholds: CueThresholds | null;
};

/** From which numbers on cues need your attention. */
export type CueThresholdsView = {
  /** What holds for you. */ readonly effective: CueThresholds;
  /** What you have said; null: nothing. */ readonly own: CueThresholds | null;
  /** What holds for those who say nothing; null: the standard. */ readonly company: CueThresholds | null;
  /** What holds where nobody has said anything. */ readonly standard: CueThresholds;
  /** Whether you may say it for everybody. */ readonly maySetForCompany: boolean;
};

/** How the job queue of a company stands: of all, or of what is yours. */
export type Cues = {
  /** Entries in Error. */ readonly failed: number;
  /** Entries that run. */ readonly inProcess: number;
  /** Entries that are Ready or Waiting. */ readonly inQueue: number;
  /** Entries that are On Hold. */ readonly onHold: number;
  /** Entries that should have run and did not; at most 1,000. */ readonly overdue: number;
  /** Requests for approval that are open: all, or yours and those that ask you. */ readonly waitingForApproval: number;
  /** Failed work items, of each table at most 10,001; null: you may not see work items. */ readonly failedItems: number | null;
};

/** A company that is no more, and what went with it. */
export type DeletedCompany = {
  /** The number that it had. */ readonly no: number;
  /** The name that it had. */ readonly name: string;
  /** How many tables were deleted, with all their rows. */ readonly tables: number;
  /** How many scheduled tasks. */ readonly tasks: number;
  /** How many failed tasks. */ readonly failedTasks: number;
  /** How many job queue entries. */ readonly entries: number;
  /** How many log entries. */ readonly logEntries: number;
  /** How many assignments of permission sets in it. */ readonly assignments: number;
};

/** What was done to many entries, and what was not. */
export type DoneWithMany = {
  /** The entries that it was done to. */ readonly done: readonly ({
  /** The id of the entry. */ readonly id: string;
  /** Its number. */ readonly entryNo: number;
  /** What it runs. */ readonly object: string;
})[];
  /** The entries that it was not done to. */ readonly notDone: readonly ({
  /** The id of the entry. */ readonly id: string;
  /** Its number. */ readonly entryNo: number;
  /** What it runs. */ readonly object: string;
  /** The code of the error. */ readonly code: string;
  /** Why not, for people. */ readonly reason: string;
})[];
};

/** How an entry stands to the code that declares it. */
export type EntryDeclaration = {
  /** The application whose code declares it. */ readonly application: string;
  /** Its name in that code. */ readonly name: string;
  /** Whether the application that runs now still declares it. */ readonly isDeclared: boolean;
  /** Fields that people have changed since. */ readonly changedByPeople: readonly (string)[];
  /** Fields of which the code says something else by now. */ readonly changedInCode: readonly (string)[];
};

/** Why an entry is not running. */
export type EntryExplanation = {
  /** Why it is not running, in one sentence. */ readonly sentence: string;
  /** What is known, the most telling first. */ readonly facts: readonly ({
  /** What the fact is about, for programs. */ readonly kind: string;
  /** The fact, for people. */ readonly text: string;
})[];
};

/** Which entries: of a category, of an object, of both, or all. */
export type EntrySelection = {
  /** Entries of this category. */ readonly category?: string | undefined;
  /** Entries that run this codeunit. */ readonly object?: string | undefined;
  /** All entries of the company, instead of the others. */ readonly wholeCompany?: boolean | undefined;
};

/** What the database is called, and who works on it. */
export type Environment = {
  /** What the database is called; null until a server instance has started. */ readonly name: string | null;
  /** Why server instances are held that start here; null: they are not. */ readonly unapproved: string | null;
  /** Tasks that are due and wait for an instance. */ readonly dueTasks: number;
  /** Job queue entries that are Ready. */ readonly readyEntries: number;
  /** The server instances that live. */ readonly instances: readonly ({
  /** Its number among the server instances. */ readonly place: number;
  /** The machine. */ readonly host: string;
  /** The process. */ readonly processId: number;
  /** What it is configured for; null as it starts. */ readonly environment: string | null;
  /** Whether it runs tasks. */ readonly runsTasks: boolean;
  /** Why it runs none until somebody releases it; null: it is not held. */ readonly held: string | null;
})[];
};

/** An error with all that caused it. */
export type ErrorChain = {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
  /** The name of the class of the error. */ readonly name: string;
  /** The input that was wrong, when one was named. */ readonly field: string | null;
  /** What caused it, outermost first. */ readonly causes: readonly ({
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
})[];
};

/** An error that a run has reported and did not end by. */
export type ErrorMessage = {
  /** Its place among those of the run, from 1. */ readonly no: number;
  /** When it was reported. */ readonly at: string;
  /** The codeunit that reported it. */ readonly codeunit: string;
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What is wrong, for people. */ readonly text: string;
  /** The row that it is about; null: none. */ readonly context: {
  /** The table of the row. */ readonly table: string;
  /** Its key; null: the table as a whole. */ readonly key: unknown;
} | null;
  /** The field that it is about; null: none. */ readonly field: string | null;
  /** Facts beside the text; null: none. */ readonly details: unknown;
};

/** What was found when the environment was examined. */
export type Finding = {
  /** How bad it is. */ readonly level: "ok" | "warning" | "error";
  /** What it is about. */ readonly topic: string;
  /** What was found. */ readonly message: string;
  /** What to do about it; null: nothing. */ readonly help: string | null;
};

/** How a run in the foreground ended. */
export type ForegroundOutcome = {
  /** How it ended, as its log entry says; Error when it did not come to begin. */ readonly status: string;
  /** Its error; null: none. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** The number of its log entry; null: it has none. */ readonly logEntryNo: number | null;
  /** In what it differed from runs of the entry in the background. */ readonly differences: readonly ({
  /** What was different: user, guiAllowed, category, window, timeout or isolation. */ readonly what: string;
  /** How it was now. */ readonly foreground: string;
  /** How it would be. */ readonly background: string;
})[];
};

/** A run that somebody has started to watch it. */
export type ForegroundRun = {
  /** The run. */ readonly runId: string;
  /** How it ended; null: it is under way. */ readonly outcome: ForegroundOutcome | null;
};

/** How the server instances, the queue and the database stand. */
export type Health = {
  /** When it was looked at. */ readonly at: string;
  /** What the database is called; null: nobody has said. */ readonly environment: string | null;
  /** Why instances that start are held; null: they are not. */ readonly unapproved: string | null;
  /** The server instances. */ readonly instances: readonly (HealthInstance)[];
  /** What waits. */ readonly queue: {
  /** Tasks that are due and that nobody has claimed; at most 10,001. */ readonly due: number;
  /** Milliseconds that the oldest of these is due; null: none is. */ readonly lagMs: number | null;
  /** Tasks that are not due yet; at most 10,001. */ readonly planned: number;
  /** Tasks that run, or are about to. */ readonly claimed: number;
  /** Tasks that have failed for good. */ readonly failed: number;
};
  /** The database. */ readonly database: {
  /** The release of PostgreSQL. */ readonly version: string;
  /** How large the database is. */ readonly sizeBytes: number;
  /** Connections that there may be. */ readonly connectionsMax: number;
  /** Those of Nightshift. */ readonly connectionsOurs: number;
  /** Those of everybody else. */ readonly connectionsOthers: number;
  /** Transactions that have been open for more than a minute. */ readonly longTransactions: number;
  /** Milliseconds that its clock is ahead of that of the server. */ readonly clockAheadMs: number;
};
  /** What this server lets run at a time. */ readonly limits: {
  /** Tasks that one instance runs at a time. */ readonly concurrentTasks: number;
  /** Of these, as one user; 0: no limit. */ readonly concurrentTasksPerUser: number;
  /** Tasks that one instance starts in a second; 0: no limit. */ readonly tasksStartedPerSecond: number;
};
};

/** A server instance that has not ended. */
export type HealthInstance = {
  /** Its number among the server instances. */ readonly place: number;
  /** The machine. */ readonly host: string;
  /** The process. */ readonly processId: number;
  /** Its release. */ readonly version: string;
  /** Running; idle: it runs no tasks; held: until somebody releases it; blocked: its main thread is; outdated: the database is newer; silent: it does not beat any more. */ readonly state: "running" | "idle" | "held" | "blocked" | "outdated" | "silent";
  /** Why; null: nothing is to be said. */ readonly reason: string | null;
  /** Since when. */ readonly startedAt: string;
  /** Milliseconds since its last beat. */ readonly beatAgeMs: number;
  /** Tasks that it has claimed. */ readonly claimedTasks: number;
  /** Sessions that it runs, as far as they are listed. */ readonly sessions: number;
  /** How many codeunits its application has. */ readonly codeunits: number;
};

/** A document that a report has yielded. */
export type InboxDocument = {
  /** Its number. */ readonly no: number;
  /** The report that yielded it. */ readonly report: string;
  /** What it is there for: that of the job queue entry, or of the report. */ readonly description: string;
  /** What kind of document it is. */ readonly outputType: ReportOutputType;
  /** What it is called as a file. */ readonly fileName: string;
  /** Its bytes. */ readonly size: number;
  /** When it was made. */ readonly createdAt: string;
  /** Whose inbox it is in: as whom the report ran. */ readonly user: string;
  /** The job queue entry that the report ran for; null: none. */ readonly entryId: string | null;
  /** The number of that entry. */ readonly entryNo: number | null;
  /** The log entry of that run; null: none, or it is gone. */ readonly logNo: number | null;
  /** The session that made it. */ readonly sessionUniqueId: string;
  /** When its user fetched it first, or marked it as read; null: not yet. */ readonly readAt: string | null;
};

/** What became of what another system has sent. */
export type IntakeResult = {
  /** Rows that were not known. */ readonly staged: number;
  /** Rows of which an older version was known. */ readonly updated: number;
  /** Rows that were known like this, or newer. */ readonly unchanged: number;
  /** Rows that do not fit. */ readonly rejected: number;
  /** Names this request in the log of the server. */ readonly correlationId: string;
};

/** A standing order to run a codeunit or a report, once or recurring. */
export type JobQueueEntry = {
  /** Names the entry in addresses. */ readonly id: string;
  /** The number by which people name it. */ readonly entryNo: number;
  /** The name of the codeunit or report that it runs. */ readonly object: string;
  /** What it is there for. */ readonly description: string;
  /** A text that the codeunit is given, for simple routing. */ readonly parameterString: string;
  readonly status: JobQueueEntryStatus;
  /** Since when it has its status. */ readonly statusSince: string;
  /** Of one category only so many entries run at a time as the category says; null: none. */ readonly category: string | null;
  /** Which entry of a category comes first, the most urgent first. */ readonly priority: "High" | "Normal" | "Low";
  /** Words by which it is found. */ readonly tags: readonly (string)[];
  /** Whether it runs again after a run. */ readonly isRecurring: boolean;
  /** When it runs, as a sentence. */ readonly schedule: string;
  /** Not before this: when it runs next; null: at once. */ readonly earliestStart: string | null;
  /** Not after this; null: it never expires. */ readonly expiration: string | null;
  /** How many of its attempts are used. */ readonly attempts: number;
  /** How often it is run again by itself after a run that failed. */ readonly maximumAttempts: number;
  /** The user as whom it runs: who set it Ready. */ readonly runAs: string;
  /** Whether that user is disabled or no longer valid, so that it does not run. */ readonly runAsGone: boolean;
  /** Who created it. */ readonly createdBy: string;
  /** The error of the last run that failed; null after a good one. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** Why it stands as it does, where the status does not say it. */ readonly note: string | null;
  /** The session of the run that is under way; null: none is. */ readonly sessionId: number | null;
  /** Since when that session runs. */ readonly sessionStartedAt: string | null;
  /** Grows with every change by a person; never by a run. */ readonly version: number;
  /** What kind of object it runs. */ readonly objectType: "codeunit" | "report";
  /** What whoever asked may do with it now, and why not. */ readonly allowedActions: readonly (AllowedAction)[];
  /** Data that the codeunit is given, by its own schema; null: none. */ readonly parameters: unknown;
  /** What its report yields; `None`: it only runs. Null: it runs a codeunit; of a new one, what the report yields first. */ readonly reportOutputType: "PDF" | "XLSX" | "CSV" | "HTML" | "None" | null;
  /** The row of the application that the run is about; null: none. */ readonly recordToProcess: {
  /** The table in the schema of the company. */ readonly table: string;
  /** The columns of the key of the row, by name. */ readonly key: Readonly<Record<string, string | number | boolean>>;
} | null;
  /** Seconds before each of these. */ readonly rerunDelaySeconds: number;
  /** Milliseconds that a run may take, at most 48 hours. */ readonly timeoutMs: number;
  /** Minutes that it rests after a run that found nothing to do. */ readonly inactivityTimeoutMinutes: number;
  /** Whether its codeunit plans the next run itself. */ readonly manualRecurrence: boolean;
  /** Whether its owner is told of good runs, too. */ readonly notifyOnSuccess: boolean;
  /** Milliseconds after which a run is told of as too long; null: three times the median. */ readonly expectedDurationMs: number | null;
  /** Days that its log entries are kept; null: as long as those of others. */ readonly keepLogDays: number | null;
  /** What becomes of runs that did not happen in time: none of them, or one for all. */ readonly missedRuns: "skip" | "run-once";
  /** What becomes of a recurring entry whose last attempt failed: it stops in Error, or keeps its schedule. */ readonly afterFinalError: "stop" | "continue-schedule";
  /** When it runs, as it is filled in. */ readonly scheduleFields: {
  /** Whether it runs on Mondays. */ readonly runOnMondays: boolean;
  /** Whether it runs on Tuesdays. */ readonly runOnTuesdays: boolean;
  /** Whether it runs on Wednesdays. */ readonly runOnWednesdays: boolean;
  /** Whether it runs on Thursdays. */ readonly runOnThursdays: boolean;
  /** Whether it runs on Fridays. */ readonly runOnFridays: boolean;
  /** Whether it runs on Saturdays. */ readonly runOnSaturdays: boolean;
  /** Whether it runs on Sundays. */ readonly runOnSundays: boolean;
  /** Not earlier in the day than this; null: no limit. */ readonly startingTime: string | null;
  /** Not later in the day than this; null: no limit. */ readonly endingTime: string | null;
  /** Minutes from one run to the next; 0: one run a day. */ readonly minutesBetweenRuns: number;
  /** The day of the next run as a date formula such as 1M+CM, instead of weekdays and minutes; null: none. */ readonly nextRunDateFormula: string | null;
  /** A cron pattern instead of all others that say when it runs; null: none. */ readonly cron: string | null;
  /** From where the minutes count: on a grid that begins at the starting time, or from the end of the last run. */ readonly intervalFrom: "starting-time" | "end-of-run";
  /** The IANA time zone that all times of day are meant in. */ readonly timeZone: string;
};
  /** When it was set Ready last. */ readonly lastReadyState: string | null;
  /** The scheduled task that will run it, or runs it. */ readonly taskId: string | null;
  /** Since when it waits in its category; null: it does not. */ readonly waitingSince: string | null;
  /** Under which name an application declares it; null: people made it. */ readonly declaredName: string | null;
  /** Which place of its category it holds while it runs; null: none. */ readonly categorySlot: number | null;
  /** Whether the user as whom it runs may act, and why not. */ readonly runAsState: "enabled" | "disabled" | "expired";
  /** The error of the last run that failed with all that caused it; null after a good one. */ readonly errorChain: ErrorChain | null;
};

/** What of an entry is to become different. */
export type JobQueueEntryChanges = {
  /** The name of the codeunit or report that it runs. */ readonly object?: string | undefined;
  /** A text that the codeunit is given, for simple routing. */ readonly parameterString?: string | undefined;
  /** Data that the codeunit is given, by its own schema; null: none. */ readonly parameters?: unknown | undefined;
  /** What its report yields; `None`: it only runs. Null: it runs a codeunit; of a new one, what the report yields first. */ readonly reportOutputType?: "PDF" | "XLSX" | "CSV" | "HTML" | "None" | null | undefined;
  /** The row of the application that the run is about; null: none. */ readonly recordToProcess?: {
  /** The table in the schema of the company. */ readonly table: string;
  /** The columns of the key of the row, by name. */ readonly key: Readonly<Record<string, string | number | boolean>>;
} | null | undefined;
  /** What it is there for. */ readonly description?: string | undefined;
  /** How often it is run again by itself after a run that failed. */ readonly maximumAttempts?: number | undefined;
  /** Seconds before each of these. */ readonly rerunDelaySeconds?: number | undefined;
  /** Milliseconds that a run may take, at most 48 hours. */ readonly timeoutMs?: number | undefined;
  /** Minutes that it rests after a run that found nothing to do. */ readonly inactivityTimeoutMinutes?: number | undefined;
  /** Whether its codeunit plans the next run itself. */ readonly manualRecurrence?: boolean | undefined;
  /** Of one category only so many entries run at a time as the category says; null: none. */ readonly category?: string | null | undefined;
  /** Which entry of a category comes first, the most urgent first. */ readonly priority?: "High" | "Normal" | "Low" | undefined;
  /** Whether its owner is told of good runs, too. */ readonly notifyOnSuccess?: boolean | undefined;
  /** Milliseconds after which a run is told of as too long; null: three times the median. */ readonly expectedDurationMs?: number | null | undefined;
  /** Days that its log entries are kept; null: as long as those of others. */ readonly keepLogDays?: number | null | undefined;
  /** Words by which it is found. */ readonly tags?: readonly (string)[] | undefined;
  /** What becomes of runs that did not happen in time: none of them, or one for all. */ readonly missedRuns?: "skip" | "run-once" | undefined;
  /** What becomes of a recurring entry whose last attempt failed: it stops in Error, or keeps its schedule. */ readonly afterFinalError?: "stop" | "continue-schedule" | undefined;
  /** Whether it runs on Mondays. */ readonly runOnMondays?: boolean | undefined;
  /** Whether it runs on Tuesdays. */ readonly runOnTuesdays?: boolean | undefined;
  /** Whether it runs on Wednesdays. */ readonly runOnWednesdays?: boolean | undefined;
  /** Whether it runs on Thursdays. */ readonly runOnThursdays?: boolean | undefined;
  /** Whether it runs on Fridays. */ readonly runOnFridays?: boolean | undefined;
  /** Whether it runs on Saturdays. */ readonly runOnSaturdays?: boolean | undefined;
  /** Whether it runs on Sundays. */ readonly runOnSundays?: boolean | undefined;
  /** Not earlier in the day than this; null: no limit. */ readonly startingTime?: string | null | undefined;
  /** Not later in the day than this; null: no limit. */ readonly endingTime?: string | null | undefined;
  /** Minutes from one run to the next; 0: one run a day. */ readonly minutesBetweenRuns?: number | undefined;
  /** The day of the next run as a date formula such as 1M+CM, instead of weekdays and minutes; null: none. */ readonly nextRunDateFormula?: string | null | undefined;
  /** A cron pattern instead of all others that say when it runs; null: none. */ readonly cron?: string | null | undefined;
  /** From where the minutes count: on a grid that begins at the starting time, or from the end of the last run. */ readonly intervalFrom?: "starting-time" | "end-of-run" | undefined;
  /** The IANA time zone that all times of day are meant in. */ readonly timeZone?: string | undefined;
  /** Not before this instant; null: at once. */ readonly earliestStart?: string | null | undefined;
  /** Not after this instant; null: never expires. */ readonly expiration?: string | null | undefined;
};

/** A job queue entry in a list; with `details=true` all of it. */
export type JobQueueEntryRow = {
  /** Names the entry in addresses. */ readonly id: string;
  /** The number by which people name it. */ readonly entryNo: number;
  /** The name of the codeunit or report that it runs. */ readonly object: string;
  /** What it is there for. */ readonly description: string;
  /** A text that the codeunit is given, for simple routing. */ readonly parameterString: string;
  readonly status: JobQueueEntryStatus;
  /** Since when it has its status. */ readonly statusSince: string;
  /** Of one category only so many entries run at a time as the category says; null: none. */ readonly category: string | null;
  /** Which entry of a category comes first, the most urgent first. */ readonly priority: "High" | "Normal" | "Low";
  /** Words by which it is found. */ readonly tags: readonly (string)[];
  /** Whether it runs again after a run. */ readonly isRecurring: boolean;
  /** When it runs, as a sentence. */ readonly schedule: string;
  /** Not before this: when it runs next; null: at once. */ readonly earliestStart: string | null;
  /** Not after this; null: it never expires. */ readonly expiration: string | null;
  /** How many of its attempts are used. */ readonly attempts: number;
  /** How often it is run again by itself after a run that failed. */ readonly maximumAttempts: number;
  /** The user as whom it runs: who set it Ready. */ readonly runAs: string;
  /** Whether that user is disabled or no longer valid, so that it does not run. */ readonly runAsGone: boolean;
  /** Who created it. */ readonly createdBy: string;
  /** The error of the last run that failed; null after a good one. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** Why it stands as it does, where the status does not say it. */ readonly note: string | null;
  /** The session of the run that is under way; null: none is. */ readonly sessionId: number | null;
  /** Since when that session runs. */ readonly sessionStartedAt: string | null;
  /** Grows with every change by a person; never by a run. */ readonly version: number;
  /** What kind of object it runs. */ readonly objectType: "codeunit" | "report";
  /** What whoever asked may do with it now, and why not. */ readonly allowedActions: readonly (AllowedAction)[];
  /** Data that the codeunit is given, by its own schema; null: none. */ readonly parameters?: unknown | undefined;
  /** What its report yields; `None`: it only runs. Null: it runs a codeunit; of a new one, what the report yields first. */ readonly reportOutputType?: "PDF" | "XLSX" | "CSV" | "HTML" | "None" | null | undefined;
  /** The row of the application that the run is about; null: none. */ readonly recordToProcess?: {
  /** The table in the schema of the company. */ readonly table: string;
  /** The columns of the key of the row, by name. */ readonly key: Readonly<Record<string, string | number | boolean>>;
} | null | undefined;
  /** Seconds before each of these. */ readonly rerunDelaySeconds?: number | undefined;
  /** Milliseconds that a run may take, at most 48 hours. */ readonly timeoutMs?: number | undefined;
  /** Minutes that it rests after a run that found nothing to do. */ readonly inactivityTimeoutMinutes?: number | undefined;
  /** Whether its codeunit plans the next run itself. */ readonly manualRecurrence?: boolean | undefined;
  /** Whether its owner is told of good runs, too. */ readonly notifyOnSuccess?: boolean | undefined;
  /** Milliseconds after which a run is told of as too long; null: three times the median. */ readonly expectedDurationMs?: number | null | undefined;
  /** Days that its log entries are kept; null: as long as those of others. */ readonly keepLogDays?: number | null | undefined;
  /** What becomes of runs that did not happen in time: none of them, or one for all. */ readonly missedRuns?: "skip" | "run-once" | undefined;
  /** What becomes of a recurring entry whose last attempt failed: it stops in Error, or keeps its schedule. */ readonly afterFinalError?: "stop" | "continue-schedule" | undefined;
  /** When it runs, as it is filled in. */ readonly scheduleFields?: {
  /** Whether it runs on Mondays. */ readonly runOnMondays: boolean;
  /** Whether it runs on Tuesdays. */ readonly runOnTuesdays: boolean;
  /** Whether it runs on Wednesdays. */ readonly runOnWednesdays: boolean;
  /** Whether it runs on Thursdays. */ readonly runOnThursdays: boolean;
  /** Whether it runs on Fridays. */ readonly runOnFridays: boolean;
  /** Whether it runs on Saturdays. */ readonly runOnSaturdays: boolean;
  /** Whether it runs on Sundays. */ readonly runOnSundays: boolean;
  /** Not earlier in the day than this; null: no limit. */ readonly startingTime: string | null;
  /** Not later in the day than this; null: no limit. */ readonly endingTime: string | null;
  /** Minutes from one run to the next; 0: one run a day. */ readonly minutesBetweenRuns: number;
  /** The day of the next run as a date formula such as 1M+CM, instead of weekdays and minutes; null: none. */ readonly nextRunDateFormula: string | null;
  /** A cron pattern instead of all others that say when it runs; null: none. */ readonly cron: string | null;
  /** From where the minutes count: on a grid that begins at the starting time, or from the end of the last run. */ readonly intervalFrom: "starting-time" | "end-of-run";
  /** The IANA time zone that all times of day are meant in. */ readonly timeZone: string;
} | undefined;
  /** When it was set Ready last. */ readonly lastReadyState?: string | null | undefined;
  /** The scheduled task that will run it, or runs it. */ readonly taskId?: string | null | undefined;
  /** Since when it waits in its category; null: it does not. */ readonly waitingSince?: string | null | undefined;
  /** Under which name an application declares it; null: people made it. */ readonly declaredName?: string | null | undefined;
  /** Which place of its category it holds while it runs; null: none. */ readonly categorySlot?: number | null | undefined;
  /** Whether the user as whom it runs may act, and why not. */ readonly runAsState?: "enabled" | "disabled" | "expired" | undefined;
  /** The error of the last run that failed with all that caused it; null after a good one. */ readonly errorChain?: ErrorChain | null | undefined;
};

/** The state of an entry. */
export type JobQueueEntryStatus = "On Hold" | "Ready" | "In Process" | "Waiting" | "On Hold with Inactivity Timeout" | "Error" | "Finished";

/** The record of one run of a job queue entry. */
export type JobQueueLogEntry = {
  /** The number of the log entry. */ readonly no: number;
  /** The entry that was run. */ readonly entryId: string;
  /** The number of that entry. */ readonly entryNo: number;
  /** The codeunit that was run. */ readonly object: string;
  /** What the entry was there for. */ readonly description: string;
  /** The text that the codeunit was given. */ readonly parameterString: string;
  /** The category of the entry; null: none. */ readonly category: string | null;
  /** How the run ended, or that it has not. */ readonly status: "In Process" | "Success" | "Error" | "Skipped" | "Stopped" | "Killed" | "Timeout" | "Lost";
  /** The user as whom it ran. */ readonly user: string;
  /** What set it off: the schedule, a person, a program, or the failure of the run before. */ readonly trigger: string;
  /** Which of the attempts of the entry it was; 0 is the first. */ readonly attempt: number;
  /** When it was due; null for a run in the foreground. */ readonly plannedAt: string | null;
  /** When it started. */ readonly startedAt: string;
  /** When it ended; null: it has not. */ readonly endedAt: string | null;
  /** Milliseconds from when it was due to its start; null: nothing was planned. */ readonly waitMs: number | null;
  /** Milliseconds that it took; null: it has not ended. */ readonly durationMs: number | null;
  /** Why, where the state does not say it. */ readonly note: string | null;
  /** The error that ended it; null: none did. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** Where it failed; null when it did not, or nobody knows. */ readonly phase: string | null;
  /** The same for errors of one kind; null without an error. */ readonly fingerprint: string | null;
  /** Items that it has reported as done; null: it reported none. */ readonly itemsDone: number | null;
  /** How many items there were; null: it did not say. */ readonly itemsTotal: number | null;
  /** The session that ran it. */ readonly sessionId: number;
  /** The machine of the server instance; null: none. */ readonly instanceName: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string | null;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
  /** The error with all that caused it; null: there was none. */ readonly errorChain: ErrorChain | null;
  /** The lines of its log. */ readonly lines: readonly (LogLine)[];
  /** How far it came, as it last said; null: it said nothing. */ readonly progress: Progress | null;
  /** The data that the codeunit was given; null: none. */ readonly parameters: unknown;
  /** The scheduled task that ran it; null: none did. */ readonly taskId: string | null;
  /** The version of the codeunit; null: it has none. */ readonly codeunitVersion: string | null;
  /** How many errors it has reported beside the one that ended it. */ readonly errorMessages: number;
  /** How the items went that it worked on; null: it worked on none. */ readonly itemCounts: {
  /** Items that went well. */ readonly ok: number;
  /** Items that failed. */ readonly failed: number;
  /** Items that were left out. */ readonly skipped: number;
} | null;
  /** Names the server instance and its start; null: none ran it. */ readonly instanceEpoch: string | null;
};

/** A run in a list; with `details=true` all of it. */
export type JobQueueLogEntryRow = {
  /** The number of the log entry. */ readonly no: number;
  /** The entry that was run. */ readonly entryId: string;
  /** The number of that entry. */ readonly entryNo: number;
  /** The codeunit that was run. */ readonly object: string;
  /** What the entry was there for. */ readonly description: string;
  /** The text that the codeunit was given. */ readonly parameterString: string;
  /** The category of the entry; null: none. */ readonly category: string | null;
  /** How the run ended, or that it has not. */ readonly status: "In Process" | "Success" | "Error" | "Skipped" | "Stopped" | "Killed" | "Timeout" | "Lost";
  /** The user as whom it ran. */ readonly user: string;
  /** What set it off: the schedule, a person, a program, or the failure of the run before. */ readonly trigger: string;
  /** Which of the attempts of the entry it was; 0 is the first. */ readonly attempt: number;
  /** When it was due; null for a run in the foreground. */ readonly plannedAt: string | null;
  /** When it started. */ readonly startedAt: string;
  /** When it ended; null: it has not. */ readonly endedAt: string | null;
  /** Milliseconds from when it was due to its start; null: nothing was planned. */ readonly waitMs: number | null;
  /** Milliseconds that it took; null: it has not ended. */ readonly durationMs: number | null;
  /** Why, where the state does not say it. */ readonly note: string | null;
  /** The error that ended it; null: none did. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** Where it failed; null when it did not, or nobody knows. */ readonly phase: string | null;
  /** The same for errors of one kind; null without an error. */ readonly fingerprint: string | null;
  /** Items that it has reported as done; null: it reported none. */ readonly itemsDone: number | null;
  /** How many items there were; null: it did not say. */ readonly itemsTotal: number | null;
  /** The session that ran it. */ readonly sessionId: number;
  /** The machine of the server instance; null: none. */ readonly instanceName: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string | null;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
  /** The error with all that caused it; null: there was none. */ readonly errorChain?: ErrorChain | null | undefined;
  /** The lines of its log. */ readonly lines?: readonly (LogLine)[] | undefined;
  /** How far it came, as it last said; null: it said nothing. */ readonly progress?: Progress | null | undefined;
  /** The data that the codeunit was given; null: none. */ readonly parameters?: unknown | undefined;
  /** The scheduled task that ran it; null: none did. */ readonly taskId?: string | null | undefined;
  /** The version of the codeunit; null: it has none. */ readonly codeunitVersion?: string | null | undefined;
  /** How many errors it has reported beside the one that ended it. */ readonly errorMessages?: number | undefined;
  /** How the items went that it worked on; null: it worked on none. */ readonly itemCounts?: {
  /** Items that went well. */ readonly ok: number;
  /** Items that failed. */ readonly failed: number;
  /** Items that were left out. */ readonly skipped: number;
} | null | undefined;
  /** Names the server instance and its start; null: none ran it. */ readonly instanceEpoch?: string | null | undefined;
};

/** How one entry of many stands to the code that declares it. */
export type ListedDeclaration = {
  /** The entry. */ readonly entryId: string;
  /** Its number. */ readonly entryNo: number;
  /** The application whose code declares it. */ readonly application: string;
  /** Its name in that code. */ readonly name: string;
  /** Whether the application that runs now still declares it. */ readonly isDeclared: boolean;
  /** Fields that people have changed since. */ readonly changedByPeople: readonly (string)[];
  /** Fields of which the code says something else by now. */ readonly changedInCode: readonly (string)[];
};

/** A line that a run has written to its log. */
export type LogLine = {
  /** When it was written. */ readonly at: string;
  /** How serious it is. */ readonly level: "information" | "warning" | "error";
  /** What it says. */ readonly text: string;
  /** Facts beside the text; null: none. */ readonly details: unknown;
};

/** Whom the server takes whoever asks for. */
export type Me = {
  /** The name of the user that the request acts as. */ readonly user: string;
  /** His name in full. */ readonly fullName: string;
  /** His language, BCP 47. */ readonly language: string;
  /** His IANA time zone. */ readonly timeZone: string;
  /** How the request was found to be his. */ readonly signedInBy: "api-key" | "session" | "host";
  /** The verbs that the API key is held to; null: it is no API key, and all his rights count. */ readonly scopes: readonly (string)[] | null;
  /** The companies that he may work in, by name. */ readonly companies: readonly (string)[];
};

/** A right that a codeunit needs and its user lacks. */
export type MissingRunRight = {
  /** What kind of right it is. */ readonly kind: string;
  /** To what. */ readonly name: string;
  /** Which right is missing: `run`, `open`, `canSchedule`, or some of RIMD. */ readonly right: string;
  /** The permission sets each of which gives it. */ readonly sets: readonly (string)[];
};

/** Another run, in a few words. */
export type NeighbouringRun = {
  /** The number of the log entry. */ readonly no: number;
  /** The number of the entry. */ readonly entryNo: number;
  /** What was run. */ readonly object: string;
  /** How it ended, or that it has not. */ readonly status: "In Process" | "Success" | "Error" | "Skipped" | "Stopped" | "Killed" | "Timeout" | "Lost";
  /** Which of the attempts of the entry it was; 0 is the first. */ readonly attempt: number;
  /** When it was due; null: nothing was planned. */ readonly plannedAt: string | null;
  /** When it started. */ readonly startedAt: string;
  /** When it ended; null: it has not. */ readonly endedAt: string | null;
};

/** An API key to be created, for one user in one company. */
export type NewApiKey = {
  /** What it is for, 1 to 100 characters. */ readonly name: string;
  /** As whom it acts; you when left out. */ readonly user?: string | undefined;
  /** The verbs that it is held to, such as entry.read. */ readonly scopes: readonly (string)[];
  /** Days until it expires; 90 when left out. */ readonly expiresInDays?: number | undefined;
};

/** What is to be done to many. */
export type NewBulkOperation = {
  /** What it is done to. */ readonly target: "jobQueueEntries" | "jobQueueLogEntries" | "scheduledTasks" | "workItems";
  /** The table of work items, when it is done to these. */ readonly items?: string | undefined;
  /** What is done, as the action of a row is called. */ readonly action: "setReady" | "setOnHold" | "restart" | "runNow" | "wake" | "stopRun" | "delete" | "setPriority" | "reassign" | "retry" | "cancel" | "rerun" | "skip" | "resolve" | "assign";
  readonly selection: BulkSelection;
  /** What the action takes. */ readonly arguments?: {
  /** The new priority. */ readonly priority?: "High" | "Normal" | "Low" | undefined;
  /** To whom it is given; null: to nobody. */ readonly user?: string | null | undefined;
  /** Why. */ readonly comment?: string | undefined;
  /** Why items are skipped. */ readonly reason?: string | undefined;
  /** How items were resolved. */ readonly note?: string | undefined;
} | undefined;
  /** How many rows you were shown; when others fit by now, nothing is done. */ readonly expected?: number | undefined;
};

/** A category to be created; one entry at a time when nothing is said. */
export type NewCategory = {
  /** By this entries name it, 1 to 20 characters. */ readonly code: string;
  /** What it is there for. */ readonly description?: string | undefined;
  /** How many of its entries may run at a time. */ readonly parallelism?: number | undefined;
};

/** A company to be created, with the tables of the application. */
export type NewCompany = {
  /** Its name, 1 to 30 characters. */ readonly name: string;
  /** Its IANA time zone; that of whoever creates it when left out. */ readonly timeZone?: string | undefined;
};

/** A job queue entry to be created, On Hold. */
export type NewJobQueueEntry = {
  /** The name of the codeunit or report that it runs. */ readonly object: string;
  /** A text that the codeunit is given, for simple routing. */ readonly parameterString?: string | undefined;
  /** Data that the codeunit is given, by its own schema; null: none. */ readonly parameters?: unknown | undefined;
  /** What its report yields; `None`: it only runs. Null: it runs a codeunit; of a new one, what the report yields first. */ readonly reportOutputType?: "PDF" | "XLSX" | "CSV" | "HTML" | "None" | null | undefined;
  /** The row of the application that the run is about; null: none. */ readonly recordToProcess?: {
  /** The table in the schema of the company. */ readonly table: string;
  /** The columns of the key of the row, by name. */ readonly key: Readonly<Record<string, string | number | boolean>>;
} | null | undefined;
  /** What it is there for. */ readonly description?: string | undefined;
  /** How often it is run again by itself after a run that failed. */ readonly maximumAttempts?: number | undefined;
  /** Seconds before each of these. */ readonly rerunDelaySeconds?: number | undefined;
  /** Milliseconds that a run may take, at most 48 hours. */ readonly timeoutMs?: number | undefined;
  /** Minutes that it rests after a run that found nothing to do. */ readonly inactivityTimeoutMinutes?: number | undefined;
  /** Whether its codeunit plans the next run itself. */ readonly manualRecurrence?: boolean | undefined;
  /** Of one category only so many entries run at a time as the category says; null: none. */ readonly category?: string | null | undefined;
  /** Which entry of a category comes first, the most urgent first. */ readonly priority?: "High" | "Normal" | "Low" | undefined;
  /** Whether its owner is told of good runs, too. */ readonly notifyOnSuccess?: boolean | undefined;
  /** Milliseconds after which a run is told of as too long; null: three times the median. */ readonly expectedDurationMs?: number | null | undefined;
  /** Days that its log entries are kept; null: as long as those of others. */ readonly keepLogDays?: number | null | undefined;
  /** Words by which it is found. */ readonly tags?: readonly (string)[] | undefined;
  /** What becomes of runs that did not happen in time: none of them, or one for all. */ readonly missedRuns?: "skip" | "run-once" | undefined;
  /** What becomes of a recurring entry whose last attempt failed: it stops in Error, or keeps its schedule. */ readonly afterFinalError?: "stop" | "continue-schedule" | undefined;
  /** Whether it runs on Mondays. */ readonly runOnMondays?: boolean | undefined;
  /** Whether it runs on Tuesdays. */ readonly runOnTuesdays?: boolean | undefined;
  /** Whether it runs on Wednesdays. */ readonly runOnWednesdays?: boolean | undefined;
  /** Whether it runs on Thursdays. */ readonly runOnThursdays?: boolean | undefined;
  /** Whether it runs on Fridays. */ readonly runOnFridays?: boolean | undefined;
  /** Whether it runs on Saturdays. */ readonly runOnSaturdays?: boolean | undefined;
  /** Whether it runs on Sundays. */ readonly runOnSundays?: boolean | undefined;
  /** Not earlier in the day than this; null: no limit. */ readonly startingTime?: string | null | undefined;
  /** Not later in the day than this; null: no limit. */ readonly endingTime?: string | null | undefined;
  /** Minutes from one run to the next; 0: one run a day. */ readonly minutesBetweenRuns?: number | undefined;
  /** The day of the next run as a date formula such as 1M+CM, instead of weekdays and minutes; null: none. */ readonly nextRunDateFormula?: string | null | undefined;
  /** A cron pattern instead of all others that say when it runs; null: none. */ readonly cron?: string | null | undefined;
  /** From where the minutes count: on a grid that begins at the starting time, or from the end of the last run. */ readonly intervalFrom?: "starting-time" | "end-of-run" | undefined;
  /** The IANA time zone that all times of day are meant in. */ readonly timeZone?: string | undefined;
  /** Not before this instant; null: at once. */ readonly earliestStart?: string | null | undefined;
  /** Not after this instant; null: never expires. */ readonly expiration?: string | null | undefined;
};

/** A permission set to be created. */
export type NewPermissionSet = {
  /** Its name. */ readonly name: string;
  /** What it is there for. */ readonly description?: string | undefined;
  /** Codeunits that may be run, by name; `*`: all. */ readonly codeunits?: readonly (string)[] | undefined;
  /** Reports that may be run, by name; `*`: all. */ readonly reports?: readonly (string)[] | undefined;
  /** Rights by table, some of R, I, M and D; `*`: every table. */ readonly tables?: Readonly<Record<string, string>> | undefined;
  /** Permission sets whose rights it has, too. */ readonly includes?: readonly (string)[] | undefined;
  /** Permission sets whose rights are taken away from it. */ readonly excludes?: readonly (string)[] | undefined;
};

/** What is to be kept of a list. */
export type NewSavedView = {
  /** Which list, as the client calls it. */ readonly list: string;
  /** What it is called; each of your views of a list otherwise. */ readonly name: string;
  /** Filters, columns and order, as in the address of the list. */ readonly query?: string | undefined;
  /** Whether everybody in the company sees it. */ readonly shared?: boolean | undefined;
};

/** A user to be created, who has no permission set yet. */
export type NewUser = {
  /** The name by which he is known, 1 to 65 characters. */ readonly name: string;
  /** His name in full. */ readonly fullName?: string | undefined;
  /** His language, BCP 47. */ readonly language?: string | undefined;
  /** His IANA time zone. */ readonly timeZone?: string | undefined;
  /** A person, or an integration. */ readonly kind?: "person" | "application" | undefined;
  /** Whether he may create tasks and set entries Ready. */ readonly canSchedule?: boolean | undefined;
  /** Whether he is of another organisation, and may start no unattended work. */ readonly isDelegated?: boolean | undefined;
  /** From then on he counts as disabled; null: never. */ readonly validUntil?: string | null | undefined;
};

/** When people are to work in a company. */
export type NewWorkCalendar = {
  /** The IANA time zone that the hours are meant in. */ readonly timeZone: string;
  /** When people work; none at all: around the clock. */ readonly hours: readonly ({
  /** The day of the week; 1 is Monday. */ readonly weekday: number;
  /** When work begins, such as 08:00. */ readonly from: string;
  /** When it ends, such as 16:30 or 24:00. */ readonly to: string;
})[];
  /** Days on which nobody works. */ readonly holidays: readonly ({
  /** The day, such as 2026-12-24. */ readonly day: string;
  /** What it is called. */ readonly name: string;
})[];
};

/** Named rights, given to users in one company or in all. */
export type PermissionSet = {
  /** Its name. */ readonly name: string;
  /** What it is there for. */ readonly description: string;
  /** Who defines it. */ readonly source: "built-in" | "application" | "administrator";
  /** The application that declares it; null: none does. */ readonly application: string | null;
  /** Whether the code that declared it does so no more. */ readonly isObsolete: boolean;
  /** How many users have it. */ readonly users: number;
  /** Grows with every change. */ readonly version: number;
  /** Codeunits that may be run, by name; `*`: all. */ readonly codeunits: readonly (string)[];
  /** Reports that may be run, by name; `*`: all. */ readonly reports: readonly (string)[];
  /** Rights by table, some of R, I, M and D; `*`: every table. */ readonly tables: Readonly<Record<string, string>>;
  /** Permission sets whose rights it has, too. */ readonly includes: readonly (string)[];
  /** Permission sets whose rights are taken away from it. */ readonly excludes: readonly (string)[];
  /** What it gives in the end. */ readonly gives: {
  /** Codeunits that may be run. */ readonly codeunits: {
  /** Whether all are meant but those that are named. */ readonly allBut: boolean;
  /** The names. */ readonly names: readonly (string)[];
};
  /** Reports that may be run. */ readonly reports: {
  /** Whether all are meant but those that are named. */ readonly allBut: boolean;
  /** The names. */ readonly names: readonly (string)[];
};
  /** Rights by table; `*`: to all that are not named. */ readonly tables: Readonly<Record<string, string>>;
  /** The built-in sets in it. */ readonly builtInSets: readonly (string)[];
  /** What may be done by these, beyond what everybody may. */ readonly verbs: readonly (string)[];
};
  /** An application whose set of this name does not count; null: none. */ readonly alsoDeclaredBy: string | null;
  /** Who has it, as far as you may see that. */ readonly assignments: readonly ({
  /** Who has it. */ readonly user: string;
  /** Where; null: in all companies. */ readonly company: string | null;
  /** Whether he is disabled or his time is over. */ readonly isGone: boolean;
})[];
  /** After a change, what is odd about it: codeunits and tables that nobody knows. */ readonly hints: readonly (string)[];
};

/** What of a permission set is to become different. */
export type PermissionSetChanges = {
  /** What it is there for. */ readonly description?: string | undefined;
  /** Codeunits that may be run, by name; `*`: all. */ readonly codeunits?: readonly (string)[] | undefined;
  /** Reports that may be run, by name; `*`: all. */ readonly reports?: readonly (string)[] | undefined;
  /** Rights by table, some of R, I, M and D; `*`: every table. */ readonly tables?: Readonly<Record<string, string>> | undefined;
  /** Permission sets whose rights it has, too. */ readonly includes?: readonly (string)[] | undefined;
  /** Permission sets whose rights are taken away from it. */ readonly excludes?: readonly (string)[] | undefined;
};

/** Named rights, as they stand in a list. */
export type PermissionSetRow = {
  /** Its name. */ readonly name: string;
  /** What it is there for. */ readonly description: string;
  /** Who defines it. */ readonly source: "built-in" | "application" | "administrator";
  /** The application that declares it; null: none does. */ readonly application: string | null;
  /** Whether the code that declared it does so no more. */ readonly isObsolete: boolean;
  /** How many users have it. */ readonly users: number;
  /** Grows with every change. */ readonly version: number;
  /** Codeunits that may be run, by name; `*`: all. */ readonly codeunits: readonly (string)[];
  /** Reports that may be run, by name; `*`: all. */ readonly reports: readonly (string)[];
  /** Rights by table, some of R, I, M and D; `*`: every table. */ readonly tables: Readonly<Record<string, string>>;
  /** Permission sets whose rights it has, too. */ readonly includes: readonly (string)[];
  /** Permission sets whose rights are taken away from it. */ readonly excludes: readonly (string)[];
};

/** A run that an entry is planned for. */
export type PlannedEntryRun = {
  /** The id of the entry. */ readonly entryId: string;
  /** Its number. */ readonly entryNo: number;
  /** When the run is due. */ readonly at: string;
  /** What daylight saving or the window did to it; null: nothing. */ readonly note: string | null;
};

/** A run that a schedule leads to. */
export type PlannedRun = {
  /** When the run is due. */ readonly at: string;
  /** The same as the clocks of the time zone of the schedule show it. */ readonly scheduleTime: string;
  /** The same as the clocks of the time zone of whoever asks show it. */ readonly viewerTime: string;
  /** What daylight saving or the window did to it; null: nothing. */ readonly note: string | null;
};

/** Why a request was refused (RFC 9457). */
export type Problem = {
  /** Where the error is explained. */ readonly type: string;
  /** The error in a few words; the same for all errors of one code. */ readonly title: string;
  /** The status of the answer. */ readonly status: number;
  /** What happened, for people. */ readonly detail: string;
  /** The code of the error; programs decide by it. */ readonly code: string;
  /** Names this request, also in the log of the server and in session events. */ readonly correlationId: string;
  /** The fields that are wrong. */ readonly errors?: readonly ({
  /** Where in the body, as a JSON pointer; `?name` in the query; `{name}` in the path. */ readonly pointer: string;
  /** What is wrong with it. */ readonly message: string;
})[] | undefined;
  /** Facts for programs. */ readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** With status 412: the object as it is now. */ readonly current?: unknown | undefined;
};

/** How far a run has come, as it was last reported. */
export type Progress = {
  /** What is done. */ readonly done: number;
  /** What there is to do; null: nobody knows. */ readonly total: number | null;
  /** What it is about. */ readonly text: string;
  /** Of a run that works on items, how they went; null: it said nothing of it. */ readonly counts: {
  /** Items that went well. */ readonly ok: number;
  /** Items that failed. */ readonly failed: number;
  /** Items that were left out. */ readonly skipped: number;
} | null;
};

/** What would come of setting an entry Ready. */
export type ReadyRehearsal = {
  /** Whether it would be let through. */ readonly allowed: boolean;
  /** Why not; null: it would. */ readonly reason: string | null;
  /** As whom it would run: you. */ readonly runAs: string;
  /** As whom it runs now. */ readonly ranAs: string;
  /** Not before this: then it may run. */ readonly eligibleFrom: string;
  /** Tasks that are due by then and wait for a place; at most 10,001. */ readonly ahead: number;
  /** Entries of its category that wait. */ readonly aheadInCategory: number;
  /** Milliseconds by which runs of this company usually begin late; null: there were none. */ readonly usualWaitMs: number | null;
  /** What makes little sense about when it runs. */ readonly warnings: readonly (string)[];
};

/** A unit of business code that yields a document. */
export type Report = {
  /** Its name. */ readonly name: string;
  /** Its number; null: it has none. */ readonly id: number | null;
  /** What it is there for. */ readonly description: string;
  /** What people fill in, as a JSON schema; null: nothing. */ readonly parametersSchema: unknown;
  /** What it can yield, the usual one first. */ readonly outputTypes: readonly (ReportOutputType)[];
  /** Where it runs. */ readonly isolation: "main" | "thread" | "process";
  /** The rights to tables that it needs, some of RIMD by table. */ readonly tables: Readonly<Record<string, string>>;
};

/** A kind of document. */
export type ReportOutputType = "PDF" | "XLSX" | "CSV" | "HTML";

/** What is kept how long, and what would be removed. */
export type Retention = {
  /** Days that log entries and Finished entries are kept, of entries that say nothing else. */ readonly logEntryDays: number;
  /** Entries that say themselves how long theirs is kept. */ readonly ownDaysEntries: number;
  /** Days that failed tasks are kept. */ readonly failedTaskDays: number;
  /** Days that events of background sessions are kept. */ readonly backgroundSessionEventDays: number;
  /** Days that events of all other sessions are kept. */ readonly sessionEventDays: number;
  /** Days that documents are kept in the report inbox. */ readonly documentDays: number;
  /** What would be removed; nothing is. */ readonly preview: {
  /** The days that this is for. */ readonly days: number;
  /** Log entries that are older; at most 10,001. */ readonly logEntries: number;
  /** Finished entries that are older; at most 10,001. */ readonly finishedEntries: number;
};
};

/** Why a user may run a codeunit in a company, or may not. */
export type RightsExplanation = {
  /** Whose rights they are. */ readonly user: string;
  /** Where. */ readonly company: string;
  /** What he would run. */ readonly codeunit: string;
  /** All of it in one sentence. */ readonly verdict: string;
  /** Whether a run as this user would find every right that the codeunit declares. */ readonly mayRun: boolean;
  /** Whether it would also be let run unattended. */ readonly maySchedule: boolean;
  /** Whether PostgreSQL has other rights than follow from the permission sets. */ readonly hasDrift: boolean;
  /** How it follows from his permission sets. */ readonly steps: readonly ({
  /** What the step is about. */ readonly about: "user" | "company" | "schedule" | "codeunit" | "report" | "table" | "job queue";
  /** For, against, or neither. */ readonly result: "yes" | "no" | "note";
  /** The step, as a sentence. */ readonly text: string;
  /** What it follows from. */ readonly because: readonly (string)[];
  /** Permission sets each of which would give what is missing; none when nothing is. */ readonly sets: readonly (string)[];
})[];
};

/** Failed runs by what went wrong. */
export type RunErrorGroup = {
  /** The same for errors of one kind. */ readonly fingerprint: string;
  /** The code of the last error; null: it has none. */ readonly code: string | null;
  /** The text of the last error. */ readonly message: string;
  /** The codeunit that the last one ran. */ readonly object: string;
  /** How many runs failed so. */ readonly runs: number;
  /** How many entries failed so. */ readonly entries: number;
  /** How many of these entries are in Error now. */ readonly stopped: number;
  /** When the first of these runs started. */ readonly firstAt: string;
  /** When the last one started. */ readonly lastAt: string;
  /** The log entry of the last one. */ readonly lastNo: number;
};

/** What is known about why a run went as it did. */
export type RunFacts = {
  /** The number of the log entry. */ readonly no: number;
  /** Names the session that ran it, everywhere. */ readonly sessionUniqueId: string;
  /** Whether it failed before its codeunit had begun; null: it did not fail, or nobody knows. */ readonly failedBeforeStart: boolean | null;
  /** Whether the entry is still there. */ readonly entryExists: boolean;
  /** Where in the code the error came from, the innermost first; for whoever may stop runs of others. */ readonly stack: readonly (string)[];
  /** What happened to it, and when, the earliest first. */ readonly moments: readonly (RunMoment)[];
  /** The attempts that belong together with it, the first in front; at most 50. */ readonly attempts: readonly (NeighbouringRun)[];
  /** Other runs that failed by an error of the same kind, the latest first; at most 20. */ readonly sameError: readonly (NeighbouringRun)[];
  /** How many there are; counted up to 10,000. */ readonly sameErrorRuns: number;
  /** The user as whom it ran, and what its codeunit needs. */ readonly runAs: {
  /** As whom it ran. */ readonly user: string;
  /** Why its codeunit could not run as him now; null: nothing stands against it, or its codeunit is not known here. */ readonly hindrance: string | null;
  /** The rights that he lacks. */ readonly missing: readonly (MissingRunRight)[];
};
  /** Whether it failed because it asked a person something: in the background nobody answers. */ readonly askedPerson: boolean;
  /** What happened to its session, the earliest first. */ readonly sessionEvents: readonly (SessionEvent)[];
  /** The open work items that it processed last. */ readonly failedItems: readonly ({
  /** The table of work items. */ readonly table: string;
  /** How many open items it processed last; at most 1,000. */ readonly items: number;
  /** How many of these have failed. */ readonly failed: number;
})[];
};

/** Lines of the log of a run, as it goes on. */
export type RunLines = {
  /** The lines that are new to whoever asks, in their order; at most 250. */ readonly items: readonly (LogLine)[];
  /** Give this as `after` to get the lines behind these. */ readonly next: string;
  /** These are the first lines of the log: those that you have seen are of an attempt before. */ readonly startsOver: boolean;
  /** Whether there are more lines already. */ readonly hasMore: boolean;
  /** Ended: no more lines come than there are. Silent: its server instance does not answer now. */ readonly state: "running" | "silent" | "ended";
  /** How far it has come, as it last said; null: it said nothing. */ readonly progress: Progress | null;
};

/** A moment in the life of a run. */
export type RunMoment = {
  /** When. */ readonly at: string;
  /** What: it was set Ready; it was due; it started; it was told to stop; it was killed; it ended; it runs again. */ readonly kind: "queued" | "due" | "started" | "stopping" | "killed" | "ended" | "next";
  /** The same as a sentence. */ readonly text: string;
};

/** A server instance, by its place. */
export type RunningInstance = {
  /** Its number among the server instances. */ readonly place: number;
  /** The machine. */ readonly host: string;
  /** The process. */ readonly processId: number;
};

/** What somebody has made of a list. */
export type SavedView = {
  /** Names it. */ readonly id: string;
  /** Which list, as the client calls it. */ readonly list: string;
  /** What it is called; each of your views of a list otherwise. */ readonly name: string;
  /** Filters, columns and order, as in the address of the list. */ readonly query: string;
  /** Whether everybody in the company sees it. */ readonly shared: boolean;
  /** Whose it is; he alone changes it. */ readonly user: string;
  /** Whether it is yours. */ readonly isOwn: boolean;
  /** When it was changed last. */ readonly changedAt: string;
  /** Grows with every change. */ readonly version: number;
};

/** What of a view is to become different. */
export type SavedViewChanges = {
  /** What it is called; each of your views of a list otherwise. */ readonly name?: string | undefined;
  /** Filters, columns and order, as in the address of the list. */ readonly query?: string | undefined;
  /** Whether everybody in the company sees it. */ readonly shared?: boolean | undefined;
};

/** What a schedule leads to. */
export type SchedulePlan = {
  /** When it runs, as a sentence. */ readonly sentence: string;
  /** The IANA time zone of the schedule. */ readonly timeZone: string;
  /** The IANA time zone of whoever looks. */ readonly viewerTimeZone: string;
  /** Whether it runs again after a run. */ readonly isRecurring: boolean;
  /** The first run, were it set Ready now, and those after it, were each to end as it starts. */ readonly runs: readonly (PlannedRun)[];
  /** What makes little sense about it. */ readonly warnings: readonly (string)[];
};

/** When an entry would run. */
export type SchedulePreview = {
  /** When it runs, as a sentence. */ readonly sentence: string;
  /** The next runs, were each to end as it starts. */ readonly runs: readonly ({
  /** When the run is due. */ readonly at: string;
  /** What daylight saving or the window did to it. */ readonly note: string | null;
})[];
  /** What makes little sense about it. */ readonly warnings: readonly (string)[];
};

/** A schedule that somebody is filling in; nothing is saved. */
export type ScheduleWish = {
  /** Whether it runs on Mondays. */ readonly runOnMondays?: boolean | undefined;
  /** Whether it runs on Tuesdays. */ readonly runOnTuesdays?: boolean | undefined;
  /** Whether it runs on Wednesdays. */ readonly runOnWednesdays?: boolean | undefined;
  /** Whether it runs on Thursdays. */ readonly runOnThursdays?: boolean | undefined;
  /** Whether it runs on Fridays. */ readonly runOnFridays?: boolean | undefined;
  /** Whether it runs on Saturdays. */ readonly runOnSaturdays?: boolean | undefined;
  /** Whether it runs on Sundays. */ readonly runOnSundays?: boolean | undefined;
  /** Not earlier in the day than this; null: no limit. */ readonly startingTime?: string | null | undefined;
  /** Not later in the day than this; null: no limit. */ readonly endingTime?: string | null | undefined;
  /** Minutes from one run to the next; 0: one run a day. */ readonly minutesBetweenRuns?: number | undefined;
  /** The day of the next run as a date formula such as 1M+CM, instead of weekdays and minutes; null: none. */ readonly nextRunDateFormula?: string | null | undefined;
  /** A cron pattern instead of all others that say when it runs; null: none. */ readonly cron?: string | null | undefined;
  /** From where the minutes count: on a grid that begins at the starting time, or from the end of the last run. */ readonly intervalFrom?: "starting-time" | "end-of-run" | undefined;
  /** The IANA time zone that all times of day are meant in. */ readonly timeZone?: string | undefined;
  /** Not before this instant; null or left out: at once. */ readonly earliestStart?: string | null | undefined;
  /** How many runs; 5 when left out. */ readonly count?: number | undefined;
  /** The IANA time zone of whoever looks; yours when left out. */ readonly viewerTimeZone?: string | undefined;
};

/** An order to run a codeunit once, not before a time. */
export type ScheduledTask = {
  /** Names the task. */ readonly id: string;
  /** Where it stands. */ readonly state: "Not Ready" | "Pending" | "Running" | "Retrying" | "Failed" | "Poison";
  /** The codeunit that it runs. */ readonly codeunit: string;
  /** The codeunit that runs when that fails for good; null: none. */ readonly failureCodeunit: string | null;
  /** Whether that is what runs next. */ readonly failing: boolean;
  /** As whom it runs; null: he is no more. */ readonly user: string | null;
  /** Whether that user is disabled or no longer valid. */ readonly userGone: boolean;
  /** Who has given it to its user, who has not agreed yet; null: nobody. */ readonly reassignedBy: string | null;
  /** Not before this; of a failed one, when it was due. */ readonly due: string;
  /** Retries so far. */ readonly attempt: number;
  /** Server instances that died holding it. */ readonly losses: number;
  /** The error of its last run; null: none. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** The key under which it was created; null: none. */ readonly idempotencyKey: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string | null;
  /** When it was created. */ readonly createdAt: string;
  /** When it failed for good; null: it has not. */ readonly failedAt: string | null;
  /** The server instance that has claimed it; null: none has. */ readonly instance: RunningInstance | null;
  /** The job queue entry that it runs; null: none, or not one for you to see. */ readonly entry: {
  /** Names the entry. */ readonly id: string;
  /** Its number. */ readonly entryNo: number;
  /** What it is there for. */ readonly description: string;
  /** The codeunit that it runs. */ readonly object: string;
} | null;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
  /** Why it is not running, in one sentence. */ readonly why: string;
  /** What its codeunit is given, or the key of a row; null: nothing. */ readonly record: unknown;
  /** The table of that row; null: it is given a value. */ readonly recordTable: string | null;
  /** Milliseconds that it may take; null: nobody knows any more. */ readonly timeoutMs: number | null;
  /** The error of its last run with all that caused it; null: none. */ readonly errorChain: ErrorChain | null;
  /** What that run has logged. */ readonly lines: readonly (LogLine)[];
  /** How far that run came, as it last said; null: it said nothing. */ readonly progress: unknown;
  /** Runs of it that took their server instance with them. */ readonly suspect: number;
  /** In which language it runs, BCP 47; null: he is no more. */ readonly language: string | null;
  /** In which time zone, IANA; null: he is no more. */ readonly timeZone: string | null;
};

/** A scheduled task as it stands in a list. */
export type ScheduledTaskRow = {
  /** Names the task. */ readonly id: string;
  /** Where it stands. */ readonly state: "Not Ready" | "Pending" | "Running" | "Retrying" | "Failed" | "Poison";
  /** The codeunit that it runs. */ readonly codeunit: string;
  /** The codeunit that runs when that fails for good; null: none. */ readonly failureCodeunit: string | null;
  /** Whether that is what runs next. */ readonly failing: boolean;
  /** As whom it runs; null: he is no more. */ readonly user: string | null;
  /** Whether that user is disabled or no longer valid. */ readonly userGone: boolean;
  /** Who has given it to its user, who has not agreed yet; null: nobody. */ readonly reassignedBy: string | null;
  /** Not before this; of a failed one, when it was due. */ readonly due: string;
  /** Retries so far. */ readonly attempt: number;
  /** Server instances that died holding it. */ readonly losses: number;
  /** The error of its last run; null: none. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
} | null;
  /** The key under which it was created; null: none. */ readonly idempotencyKey: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string | null;
  /** When it was created. */ readonly createdAt: string;
  /** When it failed for good; null: it has not. */ readonly failedAt: string | null;
  /** The server instance that has claimed it; null: none has. */ readonly instance: RunningInstance | null;
  /** The job queue entry that it runs; null: none, or not one for you to see. */ readonly entry: {
  /** Names the entry. */ readonly id: string;
  /** Its number. */ readonly entryNo: number;
  /** What it is there for. */ readonly description: string;
  /** The codeunit that it runs. */ readonly object: string;
} | null;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
};

/** What an authenticator is set up with. */
export type SecondFactor = {
  /** What the authenticator is told, as a QR code or by hand. */ readonly uri: string;
  /** Codes for when the authenticator is lost, each for one use. */ readonly recoveryCodes: readonly (string)[];
};

/** Which alerts you have seen. */
export type SeenAlerts = {
  /** All up to this number. */ readonly upTo?: number | undefined;
  /** These, by their numbers. */ readonly numbers?: readonly (number)[] | undefined;
};

/** A run of code that is under way, on any server instance. */
export type Session = {
  /** Its number on its server instance. */ readonly id: number;
  /** Names it everywhere, for ever. */ readonly uniqueId: string;
  /** What kind of session it is. */ readonly clientType: "web" | "api" | "background" | "child" | "management";
  /** What began it: a task, the job queue, StartSession, or somebody. */ readonly origin: string;
  /** As whom it ran; null: he is no more. */ readonly user: string | null;
  /** Where; null: the company is no more. */ readonly company: string | null;
  /** What it runs. */ readonly codeunit: string;
  /** Where in its process it runs. */ readonly isolation: "main" | "thread" | "process";
  /** The session that started it; null: none did. */ readonly parentUniqueId: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string;
  /** The server instance; null: it is no longer known. */ readonly instance: RunningInstance | null;
  /** Since when it runs, or ran. */ readonly startedAt: string;
  /** When it was told to stop; null: never. */ readonly stoppingAt: string | null;
  /** When it was killed since it did not stop; null: never. */ readonly killedAt: string | null;
  /** Why it was stopped, or the text of its error; null: nothing. */ readonly comment: string | null;
  /** Where it stands. */ readonly state: "Queued" | "Running" | "Stopping" | "Lingering";
  /** The job queue entry that it runs; null: none, or not one for you to see. */ readonly entry: {
  /** Names the entry. */ readonly id: string;
  /** Its number. */ readonly entryNo: number;
  /** What it is there for. */ readonly description: string;
  /** The codeunit that it runs. */ readonly object: string;
} | null;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
};

/** That a session began, ended, failed or was stopped. */
export type SessionEvent = {
  /** Its number on its server instance. */ readonly id: number;
  /** Names it everywhere, for ever. */ readonly uniqueId: string;
  /** What kind of session it is. */ readonly clientType: "web" | "api" | "background" | "child" | "management";
  /** What began it: a task, the job queue, StartSession, or somebody. */ readonly origin: string;
  /** As whom it ran; null: he is no more. */ readonly user: string | null;
  /** Where; null: the company is no more. */ readonly company: string | null;
  /** What it runs. */ readonly codeunit: string;
  /** Where in its process it runs. */ readonly isolation: "main" | "thread" | "process";
  /** The session that started it; null: none did. */ readonly parentUniqueId: string | null;
  /** The same for all that one piece of work has set off. */ readonly correlationId: string;
  /** The server instance; null: it is no longer known. */ readonly instance: RunningInstance | null;
  /** Since when it runs, or ran. */ readonly startedAt: string;
  /** When it was told to stop; null: never. */ readonly stoppingAt: string | null;
  /** When it was killed since it did not stop; null: never. */ readonly killedAt: string | null;
  /** Why it was stopped, or the text of its error; null: nothing. */ readonly comment: string | null;
  /** Names the event. */ readonly eventId: string;
  /** When it happened. */ readonly at: string;
  /** What happened. */ readonly type: "Logon" | "Logoff" | "Start" | "Stop" | "Close" | "Error" | "Timeout" | "Stopped" | "Killed" | "Lost";
  /** The error that ended it; null: none did. */ readonly error: ErrorChain | null;
  /** What it has logged. */ readonly lines: readonly (LogLine)[];
  /** How far it came, as it last said; null: it said nothing. */ readonly progress: Progress | null;
};

/** What became of a call whose answer was lost. */
export type SettledCall = {
  /** The key of the call. */ readonly key: string;
  /** Whether the other system has done it. */ readonly tookEffect: boolean;
  /** Its answer, when it has. */ readonly answer?: unknown | undefined;
};

/** A place where you are signed in. */
export type SignIn = {
  /** Names it. */ readonly id: string;
  /** Whether it is the one that asks. */ readonly isThis: boolean;
  /** When you signed in. */ readonly since: string;
  /** When it was used last, to a few minutes. */ readonly lastSeenAt: string;
  /** When it ends unless it is used before. */ readonly expiresAt: string;
  /** From where; null: nobody knows. */ readonly address: string | null;
  /** With which browser or program, as it said itself; null: it did not. */ readonly agent: string | null;
};

/** What came of signing in. */
export type SignedIn = {
  /** Whether you are signed in, or have to give the code of your authenticator, too. */ readonly outcome: "signed-in" | "second-factor";
};

/** A session that was started, or waits for a place. */
export type StartedSession = {
  /** Its number; used again when it has ended. */ readonly id: number;
  /** Its unique id, by which its events are found. */ readonly uniqueId: string;
};

/** How many rows there are; counted up to a limit. */
export type Total = {
  /** How many rows fit the filters, as far as they were counted. */ readonly value: number;
  /** Whether that is the exact number, or there are at least so many. */ readonly relation: "eq" | "gte";
};

/** Who acts: a person, or an integration. */
export type User = {
  /** His number; it stays when he is renamed. */ readonly no: number;
  /** The name by which he is known, 1 to 65 characters. */ readonly name: string;
  /** His name in full. */ readonly fullName: string;
  /** His language, BCP 47. */ readonly language: string;
  /** His IANA time zone. */ readonly timeZone: string;
  /** A person, or an integration. */ readonly kind: "person" | "application";
  /** Whether he may create tasks and set entries Ready. */ readonly canSchedule: boolean;
  /** Whether he is of another organisation, and may start no unattended work. */ readonly isDelegated: boolean;
  /** Whether he may act. */ readonly state: "enabled" | "disabled";
  /** From then on he counts as disabled; null: never. */ readonly validUntil: string | null;
  /** Whether he is disabled or his time is over: what would run as him does not. */ readonly isGone: boolean;
  /** Grows with every change. */ readonly version: number;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
  /** The permission sets that he has. */ readonly assignments: readonly ({
  /** The permission set that he has. */ readonly permissionSet: string;
  /** Where; null: in all companies. */ readonly company: string | null;
  /** Who gave it to him; null: nobody that is known. */ readonly assignedBy: string | null;
  /** Since when. */ readonly assignedAt: string;
})[];
};

/** What of a user is to become different. */
export type UserChanges = {
  /** The name by which he is known, 1 to 65 characters. */ readonly name?: string | undefined;
  /** His name in full. */ readonly fullName?: string | undefined;
  /** His language, BCP 47. */ readonly language?: string | undefined;
  /** His IANA time zone. */ readonly timeZone?: string | undefined;
  /** A person, or an integration. */ readonly kind?: "person" | "application" | undefined;
  /** Whether he may create tasks and set entries Ready. */ readonly canSchedule?: boolean | undefined;
  /** Whether he is of another organisation, and may start no unattended work. */ readonly isDelegated?: boolean | undefined;
  /** From then on he counts as disabled; null: never. */ readonly validUntil?: string | null | undefined;
};

/** A user as he stands in a list. */
export type UserRow = {
  /** His number; it stays when he is renamed. */ readonly no: number;
  /** The name by which he is known, 1 to 65 characters. */ readonly name: string;
  /** His name in full. */ readonly fullName: string;
  /** His language, BCP 47. */ readonly language: string;
  /** His IANA time zone. */ readonly timeZone: string;
  /** A person, or an integration. */ readonly kind: "person" | "application";
  /** Whether he may create tasks and set entries Ready. */ readonly canSchedule: boolean;
  /** Whether he is of another organisation, and may start no unattended work. */ readonly isDelegated: boolean;
  /** Whether he may act. */ readonly state: "enabled" | "disabled";
  /** From then on he counts as disabled; null: never. */ readonly validUntil: string | null;
  /** Whether he is disabled or his time is over: what would run as him does not. */ readonly isGone: boolean;
  /** Grows with every change. */ readonly version: number;
  /** What whoever asked may do with it now, and why not; left out in the answer of an action. */ readonly allowedActions?: readonly (AllowedAction)[] | undefined;
};

/** That an entry does not run as it should. */
export type WatchCase = {
  /** Whether it should have run and did not, runs for too long, or nothing runs at all. */ readonly kind: "overdue" | "overrun" | "nothing-ran";
  /** The company. */ readonly company: string;
  /** The entry; when nothing runs, the one that has been due for longest. */ readonly entryId: string;
  /** Its number. */ readonly entryNo: number;
  /** The codeunit that it runs. */ readonly object: string;
  readonly status: JobQueueEntryStatus;
  /** When it was to start, or began to run. */ readonly since: string;
  /** Milliseconds beyond what was to be expected. */ readonly byMs: number;
};

/** When people work in a company. */
export type WorkCalendar = {
  /** The IANA time zone that the hours are meant in. */ readonly timeZone: string;
  /** When people work; none at all: around the clock. */ readonly hours: readonly ({
  /** The day of the week; 1 is Monday. */ readonly weekday: number;
  /** When work begins, such as 08:00. */ readonly from: string;
  /** When it ends, such as 16:30 or 24:00. */ readonly to: string;
})[];
  /** Days on which nobody works. */ readonly holidays: readonly ({
  /** The day, such as 2026-12-24. */ readonly day: string;
  /** What it is called. */ readonly name: string;
})[];
  /** Grows with every change of the company. */ readonly version: number;
};

/** A row of work from another system. */
export type WorkItem = {
  /** Its number in the table. */ readonly id: number;
  /** By this the other system knows it. */ readonly externalId: string;
  readonly status: WorkItemStatus;
  /** Runs since it was staged, or since somebody had it tried again. */ readonly attempts: number;
  /** How many of them ended with their process. */ readonly losses: number;
  /** When it is due, while it is Pending. */ readonly nextAttemptAt: string;
  /** Items with the same are processed one after another; null: none. */ readonly concurrencyKey: string | null;
  /** Numbers of other systems that belong to it. */ readonly correlationIds: Readonly<Record<string, string>>;
  /** What the last run that failed ended with; null: none failed. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
  /** The same for errors of one kind; null: none. */ readonly fingerprint: string | null;
  /** When it happened. */ readonly at: string;
} | null;
  /** Who looks after it; null: nobody in particular. */ readonly assignedTo: string | null;
  /** Why it was skipped, or how it was resolved; null: nothing was said. */ readonly note: string | null;
  /** When it came. */ readonly stagedAt: string;
  /** When it was staged or changed last. */ readonly modifiedAt: string;
  /** When its last run began; null: none did. */ readonly startedAt: string | null;
  /** When it ended; null: it has not. */ readonly finishedAt: string | null;
  /** The session that processed it last; null: none did. */ readonly sessionUniqueId: string | null;
  /** What whoever asked may do with it now, and why not. */ readonly allowedActions: readonly (AllowedAction)[];
  /** What is to be processed; null without the right R to the table. */ readonly payload: unknown;
  /** What the application takes for a payload, as JSON schema; null without the right R, or where it does not say. */ readonly payloadSchema: unknown;
  /** Where in the code its error came from; null: nobody knows. */ readonly errorStack: string | null;
  /** Its calls to other systems, the oldest first. */ readonly calls: readonly (WorkItemCall)[];
  /** What people have done with it, the newest first; at most 100. */ readonly history: readonly (WorkItemDeed)[];
};

/** A call of a work item to another system. */
export type WorkItemCall = {
  /** Names the call among those of the item. */ readonly key: string;
  /** By this the other system knows a repeat of it. */ readonly idempotencyKey: string;
  /** When it was about to be made. */ readonly intentAt: string;
  /** When its answer came; null: whether it took effect is not known. */ readonly answeredAt: string | null;
  /** The answer; null: none. */ readonly answer: unknown;
};

/** What somebody has done with a work item. */
export type WorkItemDeed = {
  /** When it was done. */ readonly at: string;
  /** Who did it. */ readonly user: string;
  /** What he did, as the name of the verb. */ readonly verb: string;
  /** His reason or note; null: he gave none. */ readonly text: string | null;
};

/** Failed work items by what is wrong with them. */
export type WorkItemErrorGroup = {
  /** The same for errors of one kind. */ readonly fingerprint: string;
  /** The code of the error; null: it has none. */ readonly code: string | null;
  /** The text of one of them. */ readonly message: string;
  /** How many items have failed so. */ readonly items: number;
  /** How many of them nobody looks after. */ readonly unassigned: number;
  /** When the first one failed. */ readonly firstAt: string;
  /** When the last one failed. */ readonly lastAt: string;
};

/** A work item as it stands in a list. */
export type WorkItemRow = {
  /** Its number in the table. */ readonly id: number;
  /** By this the other system knows it. */ readonly externalId: string;
  readonly status: WorkItemStatus;
  /** Runs since it was staged, or since somebody had it tried again. */ readonly attempts: number;
  /** How many of them ended with their process. */ readonly losses: number;
  /** When it is due, while it is Pending. */ readonly nextAttemptAt: string;
  /** Items with the same are processed one after another; null: none. */ readonly concurrencyKey: string | null;
  /** Numbers of other systems that belong to it. */ readonly correlationIds: Readonly<Record<string, string>>;
  /** What the last run that failed ended with; null: none failed. */ readonly error: {
  /** The code of the error; null when it had none. */ readonly code: string | null;
  /** What happened, for people. */ readonly message: string;
  /** The same for errors of one kind; null: none. */ readonly fingerprint: string | null;
  /** When it happened. */ readonly at: string;
} | null;
  /** Who looks after it; null: nobody in particular. */ readonly assignedTo: string | null;
  /** Why it was skipped, or how it was resolved; null: nothing was said. */ readonly note: string | null;
  /** When it came. */ readonly stagedAt: string;
  /** When it was staged or changed last. */ readonly modifiedAt: string;
  /** When its last run began; null: none did. */ readonly startedAt: string | null;
  /** When it ended; null: it has not. */ readonly finishedAt: string | null;
  /** The session that processed it last; null: none did. */ readonly sessionUniqueId: string | null;
  /** What whoever asked may do with it now, and why not. */ readonly allowedActions: readonly (AllowedAction)[];
};

/** The state of a work item. */
export type WorkItemStatus = "Pending" | "Processing" | "Failed" | "Processed" | "Skipped" | "Resolved";

/** A table of work items of the application. */
export type WorkItemTable = {
  /** The name of the table. */ readonly name: string;
  /** The items by state; states without items are left out. */ readonly counts: readonly ({
  readonly status: WorkItemStatus;
  /** How many items are in this state. */ readonly items: number;
  /** Whether that is the exact number, there are at least so many, or it is an estimate. */ readonly relation: "eq" | "gte" | "about";
})[];
  /** When the item was staged that waits longest; null: none does. */ readonly oldestPendingAt: string | null;
  /** Whether whoever asks has the right R to the table; without it there are no counts. */ readonly isReadable: boolean;
};

/** Every operation: what it takes, and what it answers. */
export interface Operations {
  /** Whom the server takes you for, and where you may work. */
  'me.get': {
    params: null;
    query: null;
    body: null;
    answer: Me;
  };
  /** The companies that you may see, by name. */
  'companies.list': {
    params: null;
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Company)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Creates a company with the tables of the application. */
  'companies.create': {
    params: null;
    query: null;
    body: NewCompany;
    answer: Company;
  };
  /** One company. */
  'companies.get': {
    params: { readonly company: string };
    query: null;
    body: null;
    answer: Company;
  };
  /** Renames a company. */
  'companies.modify': {
    params: { readonly company: string };
    query: null;
    body: CompanyChanges;
    answer: Company;
  };
  /** Copies a company with all its rows; entries that would run are On Hold in the copy. */
  'companies.copy': {
    params: { readonly company: string };
    query: null;
    body: CompanyCopy;
    answer: CopiedCompany;
  };
  /** Deletes a company with all that is in it; no session may run there. */
  'companies.delete': {
    params: { readonly company: string };
    query: null;
    body: {
  /** The name of the company once more. */ readonly confirm: string;
};
    answer: DeletedCompany;
  };
  /** When people work in a company. */
  'companies.calendar': {
    params: { readonly company: string };
    query: null;
    body: null;
    answer: WorkCalendar;
  };
  /** Sets when people work in a company: all of it is replaced. */
  'companies.setCalendar': {
    params: { readonly company: string };
    query: null;
    body: NewWorkCalendar;
    answer: WorkCalendar;
  };
  /** The job queue entries of a company. */
  'jobQueueEntries.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly details?: boolean | undefined; readonly status?: string | undefined; readonly object?: string | undefined; readonly category?: string | undefined; readonly runAs?: string | undefined; readonly tag?: string | undefined; readonly q?: string | undefined; readonly userGone?: boolean | undefined; readonly overdue?: boolean | undefined; readonly taskId?: string | undefined; readonly sort?: "entryNo" | "-entryNo" | "earliestStart" | "-statusSince" | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (JobQueueEntryRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Creates a job queue entry, On Hold. */
  'jobQueueEntries.create': {
    params: { readonly company: string };
    query: null;
    body: NewJobQueueEntry;
    answer: JobQueueEntry;
  };
  /** How the entries that code declares stand to it, by number. */
  'jobQueueEntries.declarations': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (ListedDeclaration)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** The entries that should have run and did not, and the runs that take too long. */
  'jobQueueEntries.watch': {
    params: { readonly company: string };
    query: null;
    body: null;
    answer: {
  /** What does not run as it should. */ readonly items: readonly (WatchCase)[];
};
  };
  /** When the entries of a company run between two instants, were each run to end as it starts; the earliest first. */
  'jobQueueEntries.plannedRuns': {
    params: { readonly company: string };
    query: { readonly from?: string | undefined; readonly to: string; readonly limit?: number | undefined };
    body: null;
    answer: {
  /** The runs. */ readonly items: readonly (PlannedEntryRun)[];
  /** Whether these are all: not when there are more runs, or more than 1,000 entries that are to run. */ readonly isComplete: boolean;
};
  };
  /** One job queue entry. */
  'jobQueueEntries.get': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Changes a job queue entry that is On Hold; what is left out stays. */
  'jobQueueEntries.modify': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: JobQueueEntryChanges;
    answer: JobQueueEntry;
  };
  /** Deletes a job queue entry with its plan; its log entries stay. */
  'jobQueueEntries.delete': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Why an entry is not running. */
  'jobQueueEntries.explain': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: EntryExplanation;
  };
  /** When an entry would run, and what makes little sense about that. */
  'jobQueueEntries.preview': {
    params: { readonly company: string; readonly entryId: string };
    query: { readonly count?: number | undefined };
    body: null;
    answer: SchedulePreview;
  };
  /** How an entry stands to the code that declares it; null: no code does. */
  'jobQueueEntries.declaration': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: EntryDeclaration | null;
  };
  /** Sets an entry Ready: it runs as you. */
  'jobQueueEntries.setReady': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Sets an entry On Hold; a run under way goes on. */
  'jobQueueEntries.setOnHold': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Begins anew with an entry, with all its attempts. */
  'jobQueueEntries.restart': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Has an entry run now, in the background, as you. */
  'jobQueueEntries.runNow': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Has an entry run now that rests because there was nothing to do. */
  'jobQueueEntries.wake': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Copies an entry; the answer is the copy, On Hold. */
  'jobQueueEntries.copy': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Makes an entry what the code of its application says again. */
  'jobQueueEntries.resetToCode': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Stops the run of an entry that is under way. */
  'jobQueueEntries.stopRun': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: {
  /** Why; it is the error of the run. */ readonly comment?: string | undefined;
};
    answer: JobQueueEntry;
  };
  /** Sets how soon an entry is taken that waits in its category. */
  'jobQueueEntries.setPriority': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: {
  /** Which entry of a category comes first, the most urgent first. */ readonly priority: "High" | "Normal" | "Low";
};
    answer: JobQueueEntry;
  };
  /** Has an entry run as somebody else, once he agrees. */
  'jobQueueEntries.reassign': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: {
  /** The name of that user. */ readonly user: string;
  /** Why, for whoever decides. */ readonly comment?: string | undefined;
};
    answer: JobQueueEntry;
  };
  /** Asks for an entry to be set Ready by somebody who may. */
  'jobQueueEntries.requestApproval': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: {
  /** Why, for whoever decides. */ readonly comment?: string | undefined;
};
    answer: JobQueueEntry;
  };
  /** Runs the object of an entry once, now, as you, and lets you watch. */
  'jobQueueEntries.runOnce': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: {
  /** Your connection to /api/v1/live that is asked and told; without one a question is an error. */ readonly connection?: string | undefined;
  /** Whether somebody there answers; with false it is only told, and a question is an error. Default: true. */ readonly answers?: boolean | undefined;
};
    answer: {
  /** Names the run, and is the correlation id of its session. */ readonly runId: string;
};
  };
  /** How a run that you have started here stands; for an hour after its end. */
  'foregroundRuns.get': {
    params: { readonly company: string; readonly runId: string };
    query: null;
    body: null;
    answer: ForegroundRun;
  };
  /** The codeunits of the application, with the schemas of what they are given. */
  'codeunits.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Codeunit)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** The runs of job queue entries, newest first. */
  'jobQueueLogEntries.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly details?: boolean | undefined; readonly entryId?: string | undefined; readonly status?: string | undefined; readonly object?: string | undefined; readonly fingerprint?: string | undefined; readonly correlationId?: string | undefined; readonly startedFrom?: string | undefined; readonly startedTo?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (JobQueueLogEntryRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** One run, with its errors and the lines of its log. */
  'jobQueueLogEntries.get': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: JobQueueLogEntry;
  };
  /** The lines of the log of a run behind a place, also while it runs: ask again to follow it. */
  'jobQueueLogEntries.lines': {
    params: { readonly company: string; readonly no: number };
    query: { readonly after?: string | undefined };
    body: null;
    answer: RunLines;
  };
  /** The errors that a run has reported, in their order; at most 1,000. */
  'jobQueueLogEntries.errors': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: {
  /** The errors. */ readonly items: readonly (ErrorMessage)[];
};
  };
  /** Begins anew with the entry of a run that did not go well; the answer is the entry. */
  'jobQueueLogEntries.retry': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: JobQueueEntry;
  };
  /** Puts all entries of a category or an object On Hold that wait to run. */
  'jobQueueEntries.hold': {
    params: { readonly company: string };
    query: null;
    body: EntrySelection;
    answer: DoneWithMany;
  };
  /** Sets Ready again what was put On Hold so, as far as it runs as you. */
  'jobQueueEntries.release': {
    params: { readonly company: string };
    query: null;
    body: EntrySelection;
    answer: DoneWithMany;
  };
  /** Deletes entries in Error that do not recur. */
  'jobQueueEntries.deleteFailed': {
    params: { readonly company: string };
    query: null;
    body: {
  /** Milliseconds that they are in Error, at least; 0 when left out. */ readonly olderThanMs?: number | undefined;
};
    answer: DoneWithMany;
  };
  /** The categories of a company, by code. */
  'categories.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Category)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Creates a category. */
  'categories.create': {
    params: { readonly company: string };
    query: null;
    body: NewCategory;
    answer: Category;
  };
  /** One category. */
  'categories.get': {
    params: { readonly company: string; readonly code: string };
    query: null;
    body: null;
    answer: Category;
  };
  /** Changes a category; its entries follow a new code. */
  'categories.modify': {
    params: { readonly company: string; readonly code: string };
    query: null;
    body: CategoryChanges;
    answer: Category;
  };
  /** Deletes a category that no entry names. */
  'categories.delete': {
    params: { readonly company: string; readonly code: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Requests for approval, newest first: at most the last 1,000. */
  'approvals.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly status?: "Open" | "Approved" | "Rejected" | "Withdrawn" | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Approval)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** One request for approval. */
  'approvals.get': {
    params: { readonly company: string; readonly approvalId: string };
    query: null;
    body: null;
    answer: Approval;
  };
  /** Approves a request: its entry is set Ready and runs as you. */
  'approvals.approve': {
    params: { readonly company: string; readonly approvalId: string };
    query: null;
    body: {
  /** Why. */ readonly comment?: string | undefined;
};
    answer: Approval;
  };
  /** Rejects a request; its entry stays as it is. */
  'approvals.reject': {
    params: { readonly company: string; readonly approvalId: string };
    query: null;
    body: {
  /** Why. */ readonly comment?: string | undefined;
};
    answer: Approval;
  };
  /** Takes a request of your own back. */
  'approvals.withdraw': {
    params: { readonly company: string; readonly approvalId: string };
    query: null;
    body: {
  /** Why. */ readonly comment?: string | undefined;
};
    answer: Approval;
  };
  /** The scheduled tasks of a company, those that are due first in front. */
  'scheduledTasks.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly state?: string | undefined; readonly userGone?: boolean | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (ScheduledTaskRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** One scheduled task, and why it does not run. */
  'scheduledTasks.get': {
    params: { readonly company: string; readonly taskId: string };
    query: null;
    body: null;
    answer: ScheduledTask;
  };
  /** Deletes a task that has failed for good. */
  'scheduledTasks.delete': {
    params: { readonly company: string; readonly taskId: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Sets a task ready. */
  'scheduledTasks.setReady': {
    params: { readonly company: string; readonly taskId: string };
    query: null;
    body: {
  /** Not before this instant. */ readonly notBefore?: string | undefined;
};
    answer: ScheduledTask;
  };
  /** Cancels a task that has not begun. */
  'scheduledTasks.cancel': {
    params: { readonly company: string; readonly taskId: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Runs a task again that has failed for good. */
  'scheduledTasks.rerun': {
    params: { readonly company: string; readonly taskId: string };
    query: null;
    body: null;
    answer: ScheduledTask;
  };
  /** Gives a task to another user, who has to set it ready. */
  'scheduledTasks.reassign': {
    params: { readonly company: string; readonly taskId: string };
    query: null;
    body: {
  /** The name of that user. */ readonly user: string;
};
    answer: ScheduledTask;
  };
  /** The sessions of a company that run now, the oldest first. */
  'sessions.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly user?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Session)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Starts a codeunit in a background session of this server instance, as you; the answer does not wait for its end. */
  'sessions.start': {
    params: { readonly company: string };
    query: null;
    body: {
  /** The name of the codeunit. */ readonly codeunit: string;
  /** What it is given, by its own schema; nothing when left out. */ readonly record?: unknown | undefined;
  /** Milliseconds after which it is stopped; 12 hours when left out. */ readonly timeoutMs?: number | undefined;
};
    answer: StartedSession;
  };
  /** Stops a session of any server instance; nothing of it commits. */
  'sessions.stop': {
    params: { readonly company: string; readonly sessionId: number };
    query: null;
    body: {
  /** Why; it goes to the session event. */ readonly comment?: string | undefined;
};
    answer: undefined;
  };
  /** Ends a session at once that was asked to stop and has not ended; nothing of it commits. */
  'sessions.kill': {
    params: { readonly company: string; readonly sessionId: number };
    query: null;
    body: null;
    answer: undefined;
  };
  /** What happened to the sessions of a company, newest first. */
  'sessionEvents.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly type?: string | undefined; readonly sessionId?: number | undefined; readonly uniqueId?: string | undefined; readonly codeunit?: string | undefined; readonly clientType?: string | undefined; readonly user?: string | undefined; readonly since?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (SessionEvent)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** What the database is called, and the server instances that work on it. */
  'environment.get': {
    params: null;
    query: null;
    body: null;
    answer: Environment;
  };
  /** Approves the database under a name: instances that are held begin. */
  'environment.release': {
    params: null;
    query: null;
    body: {
  /** Its name; that of the held instances when left out. */ readonly name?: string | undefined;
};
    answer: Environment;
  };
  /** The tables of work items of the application, with how many items are in which state. */
  'workItemTables.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (WorkItemTable)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** The work items of a table, the latest first. */
  'workItems.list': {
    params: { readonly company: string; readonly table: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly before?: number | undefined; readonly status?: string | undefined; readonly fingerprint?: string | undefined; readonly externalId?: string | undefined; readonly assignedTo?: string | undefined; readonly unassigned?: boolean | undefined; readonly sessionUniqueId?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (WorkItemRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** One work item, with its payload, its calls to other systems and what people did with it. */
  'workItems.get': {
    params: { readonly company: string; readonly table: string; readonly itemId: number };
    query: null;
    body: null;
    answer: WorkItem;
  };
  /** Replaces the payload of a work item that is not being processed. */
  'workItems.editPayload': {
    params: { readonly company: string; readonly table: string; readonly itemId: number };
    query: null;
    body: {
  /** The new payload; its external id stays the same. */ readonly payload: unknown;
};
    answer: WorkItem;
  };
  /** The Failed work items of a table by what is wrong with them, the largest group first. */
  'workItems.errorGroups': {
    params: { readonly company: string; readonly table: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (WorkItemErrorGroup)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Has work items tried again: some, or all Failed ones of a kind. */
  'workItems.retry': {
    params: { readonly company: string; readonly table: string };
    query: null;
    body: {
  /** The numbers of the items, at most 10,000. */ readonly ids?: readonly (number)[] | undefined;
  /** Instead: all Failed items with an error of this kind. */ readonly fingerprint?: string | undefined;
};
    answer: ChangedItems;
  };
  /** Ends work items unprocessed. */
  'workItems.skip': {
    params: { readonly company: string; readonly table: string };
    query: null;
    body: {
  /** The numbers of the items, at most 10,000. */ readonly ids?: readonly (number)[] | undefined;
  /** Instead: all Failed items with an error of this kind. */ readonly fingerprint?: string | undefined;
  /** Why, 1 to 1,000 characters. */ readonly reason: string;
};
    answer: ChangedItems;
  };
  /** Ends work items that were taken care of otherwise. */
  'workItems.resolve': {
    params: { readonly company: string; readonly table: string };
    query: null;
    body: {
  /** The numbers of the items, at most 10,000. */ readonly ids?: readonly (number)[] | undefined;
  /** Instead: all Failed items with an error of this kind. */ readonly fingerprint?: string | undefined;
  /** How, 1 to 1,000 characters. */ readonly note: string;
};
    answer: ChangedItems;
  };
  /** Says who looks after work items. */
  'workItems.assign': {
    params: { readonly company: string; readonly table: string };
    query: null;
    body: {
  /** The numbers of the items, at most 10,000. */ readonly ids?: readonly (number)[] | undefined;
  /** Instead: all Failed items with an error of this kind. */ readonly fingerprint?: string | undefined;
  /** The name of that user; null: nobody in particular. */ readonly user: string | null;
};
    answer: ChangedItems;
  };
  /** Writes down what became of a call to another system whose answer was lost. */
  'workItems.settleCall': {
    params: { readonly company: string; readonly table: string; readonly itemId: number };
    query: null;
    body: SettledCall;
    answer: WorkItem;
  };
  /** Takes in what another system sends by itself (a webhook); sent again, it has no second effect. */
  'intakes.receive': {
    params: { readonly company: string; readonly intake: string };
    query: null;
    body: unknown;
    answer: IntakeResult;
  };
  /** The reports of the application, with the schemas of what people fill in. */
  'reports.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Report)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Runs a report in a background session of this server instance, as you; the answer does not wait for its end, and the document comes into your report inbox. */
  'reports.run': {
    params: { readonly company: string; readonly report: string };
    query: null;
    body: {
  /** What it is filled in with, by its own schema. */ readonly parameters?: unknown | undefined;
  /** What it is to yield, `None`: it only runs; its usual one when left out. */ readonly outputType?: "PDF" | "XLSX" | "CSV" | "HTML" | "None" | undefined;
};
    answer: StartedSession;
  };
  /** The documents in your report inbox, the newest first. */
  'reportInbox.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly report?: string | undefined; readonly unread?: boolean | undefined; readonly everyone?: boolean | undefined; readonly sessionUniqueId?: string | undefined; readonly entryId?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (InboxDocument)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** What is known of one document. */
  'reportInbox.get': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: InboxDocument;
  };
  /** One document as a file; of your own it is noted that you have read it. */
  'reportInbox.fetch': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: Blob;
  };
  /** Marks documents of your inbox as read, or as not read. */
  'reportInbox.mark': {
    params: { readonly company: string };
    query: null;
    body: {
  /** The numbers of the documents. */ readonly numbers: readonly (number)[];
  /** Whether they count as read. */ readonly read: boolean;
};
    answer: {
  /** How many it concerned. */ readonly changed: number;
};
  };
  /** Deletes documents for good. */
  'reportInbox.delete': {
    params: { readonly company: string };
    query: null;
    body: {
  /** The numbers of the documents. */ readonly numbers: readonly (number)[];
};
    answer: {
  /** How many it concerned. */ readonly changed: number;
};
  };
  /** How the job queue of a company stands, in a few numbers. */
  'cues.get': {
    params: { readonly company: string };
    query: null;
    body: null;
    answer: Cues;
  };
  /** From which numbers on cues need your attention. */
  'cueThresholds.get': {
    params: { readonly company: string };
    query: null;
    body: null;
    answer: CueThresholdsView;
  };
  /** Says for yourself from which numbers on cues need attention. */
  'cueThresholds.setOwn': {
    params: { readonly company: string };
    query: null;
    body: CueThresholdsChange;
    answer: CueThresholdsView;
  };
  /** Says it for all in the company who have not said it for themselves. */
  'cueThresholds.setForCompany': {
    params: { readonly company: string };
    query: null;
    body: CueThresholdsChange;
    answer: CueThresholdsView;
  };
  /** The failed runs of job queue entries by what went wrong, the latest kind first. */
  'jobQueueLogEntries.errorGroups': {
    params: { readonly company: string };
    query: { readonly startedFrom?: string | undefined; readonly startedTo?: string | undefined; readonly limit?: number | undefined };
    body: null;
    answer: {
  /** The kinds of errors. */ readonly items: readonly (RunErrorGroup)[];
};
  };
  /** What is known about why a run went as it did. */
  'jobQueueLogEntries.facts': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: RunFacts;
  };
  /** What is kept how long, and what would be removed if it were so many days. */
  'retention.get': {
    params: { readonly company: string };
    query: { readonly days?: number | undefined };
    body: null;
    answer: Retention;
  };
  /** What a schedule would lead to that is not saved yet: in words, with its next runs. */
  'schedules.preview': {
    params: { readonly company: string };
    query: null;
    body: ScheduleWish;
    answer: SchedulePlan;
  };
  /** What would come of setting an entry Ready: as whom it runs, from when, and after how many others. */
  'jobQueueEntries.rehearsal': {
    params: { readonly company: string; readonly entryId: string };
    query: null;
    body: null;
    answer: ReadyRehearsal;
  };
  /** How the server instances, the queue and the database stand. */
  'health.get': {
    params: null;
    query: null;
    body: null;
    answer: Health;
  };
  /** What is found when the whole environment is examined, as by `nightshift doctor`. */
  'health.findings': {
    params: null;
    query: null;
    body: null;
    answer: {
  /** What was found. */ readonly items: readonly (Finding)[];
};
  };
  /** The alerts that concern you, newest first. */
  'alerts.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly kind?: string | undefined; readonly unseen?: boolean | undefined; readonly present?: boolean | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (Alert)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** One alert. */
  'alerts.get': {
    params: { readonly company: string; readonly no: number };
    query: null;
    body: null;
    answer: Alert;
  };
  /** Notes that you have seen alerts, for yourself, in whichever browser. */
  'alerts.markSeen': {
    params: { readonly company: string };
    query: null;
    body: SeenAlerts;
    answer: {
  /** How many of them you had not seen. */ readonly marked: number;
};
  };
  /** What would come of doing something to many rows, and why not to some. */
  'bulkOperations.preview': {
    params: { readonly company: string };
    query: null;
    body: BulkWish;
    answer: BulkPreview;
  };
  /** Does something to many rows, one after another: those that are meant now, whatever fits later. */
  'bulkOperations.create': {
    params: { readonly company: string };
    query: null;
    body: NewBulkOperation;
    answer: BulkOperation;
  };
  /** What you have done to many rows within the last 30 days, the latest first; of all, if you read the audit log. */
  'bulkOperations.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (BulkOperation)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** How far something has come that is done to many rows. */
  'bulkOperations.get': {
    params: { readonly company: string; readonly operationId: string };
    query: null;
    body: null;
    answer: BulkOperation;
  };
  /** What became of each row. */
  'bulkOperations.rows': {
    params: { readonly company: string; readonly operationId: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly outcome?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (BulkRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Does it to no further rows; to those it was done to, it stays done. */
  'bulkOperations.abort': {
    params: { readonly company: string; readonly operationId: string };
    query: null;
    body: null;
    answer: BulkOperation;
  };
  /** What you have made of lists, and what others share, by list and name. */
  'views.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly list?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (SavedView)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Keeps what you have made of a list, at most 200. */
  'views.create': {
    params: { readonly company: string };
    query: null;
    body: NewSavedView;
    answer: SavedView;
  };
  /** One view. */
  'views.get': {
    params: { readonly company: string; readonly viewId: string };
    query: null;
    body: null;
    answer: SavedView;
  };
  /** Changes a view of yours; what is left out stays. */
  'views.modify': {
    params: { readonly company: string; readonly viewId: string };
    query: null;
    body: SavedViewChanges;
    answer: SavedView;
  };
  /** Deletes a view of yours. */
  'views.delete': {
    params: { readonly company: string; readonly viewId: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Runs a page background task, which only reads, without a page, and waits for its result. */
  'backgroundTasks.run': {
    params: { readonly company: string; readonly codeunit: string };
    query: null;
    body: {
  /** What it is given; nothing when left out. */ readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** How long it may run; more than 10 minutes are cut. 2 minutes when left out. */ readonly timeoutMs?: number | undefined;
};
    answer: BackgroundTaskRun;
  };
  /** The users by name; yourself only, when you may not see the others. */
  'users.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly isGone?: boolean | undefined; readonly kind?: "person" | "application" | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (UserRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Creates a user, who has no permission set yet. */
  'users.create': {
    params: { readonly company: string };
    query: null;
    body: NewUser;
    answer: UserRow;
  };
  /** One user, with what he is assigned. */
  'users.get': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: null;
    answer: User;
  };
  /** Changes a user; what is left out stays. */
  'users.modify': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: UserChanges;
    answer: UserRow;
  };
  /** Disables a user at once. */
  'users.disable': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: null;
    answer: UserRow;
  };
  /** Enables a user again. */
  'users.enable': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: null;
    answer: UserRow;
  };
  /** The places where a user is signed in. */
  'users.signIns': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: null;
    answer: {
  /** The places, newest first. */ readonly items: readonly (SignIn)[];
};
  };
  /** Signs a user out, at one place or everywhere; what he has open is closed within seconds. */
  'users.endSignIns': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: {
  /** The id of the place; everywhere when left out. */ readonly signInId?: string | undefined;
};
    answer: {
  /** How many places it were. */ readonly ended: number;
};
  };
  /** Takes a lost authenticator from a user, and signs him out everywhere; he sets up another one. */
  'users.resetSecondFactor': {
    params: { readonly company: string; readonly user: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Why a user may run a codeunit in a company, or may not, step by step. */
  'users.rights': {
    params: { readonly company: string; readonly user: string };
    query: { readonly codeunit: string };
    body: null;
    answer: RightsExplanation;
  };
  /** The permission sets by name. */
  'permissionSets.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (PermissionSetRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Creates a permission set. */
  'permissionSets.create': {
    params: { readonly company: string };
    query: null;
    body: NewPermissionSet;
    answer: PermissionSet;
  };
  /** One permission set, with what it gives and who has it. */
  'permissionSets.get': {
    params: { readonly company: string; readonly permissionSet: string };
    query: null;
    body: null;
    answer: PermissionSet;
  };
  /** Changes a permission set that an administrator has made. */
  'permissionSets.modify': {
    params: { readonly company: string; readonly permissionSet: string };
    query: null;
    body: PermissionSetChanges;
    answer: PermissionSet;
  };
  /** Deletes a permission set that nobody has. */
  'permissionSets.delete': {
    params: { readonly company: string; readonly permissionSet: string };
    query: { readonly unassign?: boolean | undefined };
    body: null;
    answer: undefined;
  };
  /** Gives a permission set to a user; it counts at once. */
  'assignments.create': {
    params: { readonly company: string };
    query: null;
    body: Assignment;
    answer: {
  /** Whether it was not like that already. */ readonly changed: boolean;
};
  };
  /** Takes a permission set from a user; it counts at once. */
  'assignments.remove': {
    params: { readonly company: string };
    query: null;
    body: Assignment;
    answer: {
  /** Whether it was not like that already. */ readonly changed: boolean;
};
  };
  /** What was done in a company, and what was refused, newest first. */
  'auditLog.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined; readonly user?: string | undefined; readonly verb?: string | undefined; readonly objectKind?: string | undefined; readonly object?: string | undefined; readonly result?: "allowed" | "denied" | undefined; readonly correlationId?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined; readonly before?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (AuditRow)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** The API keys of a company, newest first; your own only, when you may not see the others. */
  'apiKeys.list': {
    params: { readonly company: string };
    query: { readonly limit?: number | undefined; readonly after?: string | undefined };
    body: null;
    answer: {
  /** The rows of this page. */ readonly items: readonly (ApiKey)[];
  readonly page: {
  /** Give this as `after` to get the rows behind these; null: there are none. */ readonly next: string | null;
};
  /** How many rows there are; null: they are not counted. */ readonly total: Total | null;
};
  };
  /** Creates an API key; the key is shown this once. An API key cannot do that. */
  'apiKeys.create': {
    params: { readonly company: string };
    query: null;
    body: NewApiKey;
    answer: CreatedApiKey;
  };
  /** Revokes an API key, at once and for good. */
  'apiKeys.revoke': {
    params: { readonly company: string; readonly apiKeyId: string };
    query: null;
    body: null;
    answer: ApiKey;
  };
  /** Signs you in with your name and your password; the answer sets a cookie. */
  'signIn.create': {
    params: null;
    query: null;
    body: {
  /** Your name. */ readonly user: string;
  /** The password. */ readonly password: string;
};
    answer: SignedIn;
  };
  /** Completes signing in with the code of your authenticator. */
  'signIn.secondFactor': {
    params: null;
    query: null;
    body: {
  /** The code that the authenticator shows. */ readonly code: string;
};
    answer: SignedIn;
  };
  /** Completes signing in with one of your recovery codes, which is used up by it. */
  'signIn.recoveryCode': {
    params: null;
    query: null;
    body: {
  /** A recovery code that was not used yet. */ readonly code: string;
};
    answer: SignedIn;
  };
  /** Sets your password with the one-time link that an administrator gave you; ends all places where you are signed in. */
  'signIn.setPassword': {
    params: null;
    query: null;
    body: {
  /** The secret of the link. */ readonly token: string;
  /** The new password: 12 characters or more, not your name, nothing that everybody tries. */ readonly newPassword: string;
};
    answer: undefined;
  };
  /** Signs you out. */
  'me.signOut': {
    params: null;
    query: null;
    body: null;
    answer: undefined;
  };
  /** Changes your password; ends all other places where you are signed in. */
  'me.changePassword': {
    params: null;
    query: null;
    body: {
  /** The password. */ readonly password: string;
  /** The new password: 12 characters or more, not your name, nothing that everybody tries. */ readonly newPassword: string;
};
    answer: undefined;
  };
  /** The places where you are signed in. */
  'me.signIns': {
    params: null;
    query: null;
    body: null;
    answer: {
  /** The places, newest first. */ readonly items: readonly (SignIn)[];
};
  };
  /** Signs you out at another place. */
  'me.endSignIn': {
    params: { readonly signInId: string };
    query: null;
    body: null;
    answer: undefined;
  };
  /** Begins to use an authenticator; it counts once it is confirmed. */
  'me.beginSecondFactor': {
    params: null;
    query: null;
    body: {
  /** The password. */ readonly password: string;
};
    answer: SecondFactor;
  };
  /** Confirms your authenticator by its first code; from then on signing in takes one. */
  'me.confirmSecondFactor': {
    params: null;
    query: null;
    body: {
  /** The code that the authenticator shows. */ readonly code: string;
};
    answer: undefined;
  };
}

/** Where each is. */
export const OPERATIONS: Readonly<
  Record<keyof Operations, { readonly method: string; readonly path: string; readonly versioned: boolean }>
> = {
  'me.get': { method: 'GET', path: '/api/v1/me', versioned: false },
  'companies.list': { method: 'GET', path: '/api/v1/companies', versioned: false },
  'companies.create': { method: 'POST', path: '/api/v1/companies', versioned: false },
  'companies.get': { method: 'GET', path: '/api/v1/companies/{company}', versioned: false },
  'companies.modify': { method: 'PATCH', path: '/api/v1/companies/{company}', versioned: true },
  'companies.copy': { method: 'POST', path: '/api/v1/companies/{company}/actions/copy', versioned: false },
  'companies.delete': { method: 'POST', path: '/api/v1/companies/{company}/actions/delete', versioned: false },
  'companies.calendar': { method: 'GET', path: '/api/v1/companies/{company}/workCalendar', versioned: false },
  'companies.setCalendar': { method: 'PATCH', path: '/api/v1/companies/{company}/workCalendar', versioned: true },
  'jobQueueEntries.list': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntries', versioned: false },
  'jobQueueEntries.create': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries', versioned: false },
  'jobQueueEntries.declarations': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntryDeclarations', versioned: false },
  'jobQueueEntries.watch': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueWatchCases', versioned: false },
  'jobQueueEntries.plannedRuns': { method: 'GET', path: '/api/v1/companies/{company}/plannedRuns', versioned: false },
  'jobQueueEntries.get': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}', versioned: false },
  'jobQueueEntries.modify': { method: 'PATCH', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}', versioned: true },
  'jobQueueEntries.delete': { method: 'DELETE', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}', versioned: false },
  'jobQueueEntries.explain': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/explanation', versioned: false },
  'jobQueueEntries.preview': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/preview', versioned: false },
  'jobQueueEntries.declaration': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/declaration', versioned: false },
  'jobQueueEntries.setReady': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/setReady', versioned: false },
  'jobQueueEntries.setOnHold': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/setOnHold', versioned: false },
  'jobQueueEntries.restart': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/restart', versioned: false },
  'jobQueueEntries.runNow': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/runNow', versioned: false },
  'jobQueueEntries.wake': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/wake', versioned: false },
  'jobQueueEntries.copy': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/copy', versioned: false },
  'jobQueueEntries.resetToCode': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/resetToCode', versioned: false },
  'jobQueueEntries.stopRun': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/stopRun', versioned: false },
  'jobQueueEntries.setPriority': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/setPriority', versioned: false },
  'jobQueueEntries.reassign': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/reassign', versioned: false },
  'jobQueueEntries.requestApproval': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/requestApproval', versioned: false },
  'jobQueueEntries.runOnce': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/actions/runOnce', versioned: false },
  'foregroundRuns.get': { method: 'GET', path: '/api/v1/companies/{company}/foregroundRuns/{runId}', versioned: false },
  'codeunits.list': { method: 'GET', path: '/api/v1/companies/{company}/codeunits', versioned: false },
  'jobQueueLogEntries.list': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueLogEntries', versioned: false },
  'jobQueueLogEntries.get': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueLogEntries/{no}', versioned: false },
  'jobQueueLogEntries.lines': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueLogEntries/{no}/lines', versioned: false },
  'jobQueueLogEntries.errors': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueLogEntries/{no}/errors', versioned: false },
  'jobQueueLogEntries.retry': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueLogEntries/{no}/actions/retry', versioned: false },
  'jobQueueEntries.hold': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/actions/hold', versioned: false },
  'jobQueueEntries.release': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/actions/release', versioned: false },
  'jobQueueEntries.deleteFailed': { method: 'POST', path: '/api/v1/companies/{company}/jobQueueEntries/actions/deleteFailed', versioned: false },
  'categories.list': { method: 'GET', path: '/api/v1/companies/{company}/categories', versioned: false },
  'categories.create': { method: 'POST', path: '/api/v1/companies/{company}/categories', versioned: false },
  'categories.get': { method: 'GET', path: '/api/v1/companies/{company}/categories/{code}', versioned: false },
  'categories.modify': { method: 'PATCH', path: '/api/v1/companies/{company}/categories/{code}', versioned: true },
  'categories.delete': { method: 'DELETE', path: '/api/v1/companies/{company}/categories/{code}', versioned: false },
  'approvals.list': { method: 'GET', path: '/api/v1/companies/{company}/approvals', versioned: false },
  'approvals.get': { method: 'GET', path: '/api/v1/companies/{company}/approvals/{approvalId}', versioned: false },
  'approvals.approve': { method: 'POST', path: '/api/v1/companies/{company}/approvals/{approvalId}/actions/approve', versioned: false },
  'approvals.reject': { method: 'POST', path: '/api/v1/companies/{company}/approvals/{approvalId}/actions/reject', versioned: false },
  'approvals.withdraw': { method: 'POST', path: '/api/v1/companies/{company}/approvals/{approvalId}/actions/withdraw', versioned: false },
  'scheduledTasks.list': { method: 'GET', path: '/api/v1/companies/{company}/scheduledTasks', versioned: false },
  'scheduledTasks.get': { method: 'GET', path: '/api/v1/companies/{company}/scheduledTasks/{taskId}', versioned: false },
  'scheduledTasks.delete': { method: 'DELETE', path: '/api/v1/companies/{company}/scheduledTasks/{taskId}', versioned: false },
  'scheduledTasks.setReady': { method: 'POST', path: '/api/v1/companies/{company}/scheduledTasks/{taskId}/actions/setReady', versioned: false },
  'scheduledTasks.cancel': { method: 'POST', path: '/api/v1/companies/{company}/scheduledTasks/{taskId}/actions/cancel', versioned: false },
  'scheduledTasks.rerun': { method: 'POST', path: '/api/v1/companies/{company}/scheduledTasks/{taskId}/actions/rerun', versioned: false },
  'scheduledTasks.reassign': { method: 'POST', path: '/api/v1/companies/{company}/scheduledTasks/{taskId}/actions/reassign', versioned: false },
  'sessions.list': { method: 'GET', path: '/api/v1/companies/{company}/sessions', versioned: false },
  'sessions.start': { method: 'POST', path: '/api/v1/companies/{company}/sessions', versioned: false },
  'sessions.stop': { method: 'POST', path: '/api/v1/companies/{company}/sessions/{sessionId}/actions/stop', versioned: false },
  'sessions.kill': { method: 'POST', path: '/api/v1/companies/{company}/sessions/{sessionId}/actions/kill', versioned: false },
  'sessionEvents.list': { method: 'GET', path: '/api/v1/companies/{company}/sessionEvents', versioned: false },
  'environment.get': { method: 'GET', path: '/api/v1/environment', versioned: false },
  'environment.release': { method: 'POST', path: '/api/v1/environment/actions/release', versioned: false },
  'workItemTables.list': { method: 'GET', path: '/api/v1/companies/{company}/workItems', versioned: false },
  'workItems.list': { method: 'GET', path: '/api/v1/companies/{company}/workItems/{table}/items', versioned: false },
  'workItems.get': { method: 'GET', path: '/api/v1/companies/{company}/workItems/{table}/items/{itemId}', versioned: false },
  'workItems.editPayload': { method: 'PATCH', path: '/api/v1/companies/{company}/workItems/{table}/items/{itemId}', versioned: false },
  'workItems.errorGroups': { method: 'GET', path: '/api/v1/companies/{company}/workItems/{table}/errorGroups', versioned: false },
  'workItems.retry': { method: 'POST', path: '/api/v1/companies/{company}/workItems/{table}/actions/retry', versioned: false },
  'workItems.skip': { method: 'POST', path: '/api/v1/companies/{company}/workItems/{table}/actions/skip', versioned: false },
  'workItems.resolve': { method: 'POST', path: '/api/v1/companies/{company}/workItems/{table}/actions/resolve', versioned: false },
  'workItems.assign': { method: 'POST', path: '/api/v1/companies/{company}/workItems/{table}/actions/assign', versioned: false },
  'workItems.settleCall': { method: 'POST', path: '/api/v1/companies/{company}/workItems/{table}/items/{itemId}/actions/settleCall', versioned: false },
  'intakes.receive': { method: 'POST', path: '/api/v1/companies/{company}/intakes/{intake}', versioned: false },
  'reports.list': { method: 'GET', path: '/api/v1/companies/{company}/reports', versioned: false },
  'reports.run': { method: 'POST', path: '/api/v1/companies/{company}/reports/{report}/actions/run', versioned: false },
  'reportInbox.list': { method: 'GET', path: '/api/v1/companies/{company}/reportInbox', versioned: false },
  'reportInbox.get': { method: 'GET', path: '/api/v1/companies/{company}/reportInbox/{no}', versioned: false },
  'reportInbox.fetch': { method: 'GET', path: '/api/v1/companies/{company}/reportInbox/{no}/content', versioned: false },
  'reportInbox.mark': { method: 'POST', path: '/api/v1/companies/{company}/reportInbox/actions/mark', versioned: false },
  'reportInbox.delete': { method: 'POST', path: '/api/v1/companies/{company}/reportInbox/actions/delete', versioned: false },
  'cues.get': { method: 'GET', path: '/api/v1/companies/{company}/cues', versioned: false },
  'cueThresholds.get': { method: 'GET', path: '/api/v1/companies/{company}/cueThresholds', versioned: false },
  'cueThresholds.setOwn': { method: 'POST', path: '/api/v1/companies/{company}/cueThresholds/actions/setOwn', versioned: false },
  'cueThresholds.setForCompany': { method: 'POST', path: '/api/v1/companies/{company}/cueThresholds/actions/setForCompany', versioned: false },
  'jobQueueLogEntries.errorGroups': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueErrorGroups', versioned: false },
  'jobQueueLogEntries.facts': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueLogEntries/{no}/facts', versioned: false },
  'retention.get': { method: 'GET', path: '/api/v1/companies/{company}/retention', versioned: false },
  'schedules.preview': { method: 'POST', path: '/api/v1/companies/{company}/schedulePreview', versioned: false },
  'jobQueueEntries.rehearsal': { method: 'GET', path: '/api/v1/companies/{company}/jobQueueEntries/{entryId}/rehearsal', versioned: false },
  'health.get': { method: 'GET', path: '/api/v1/health', versioned: false },
  'health.findings': { method: 'GET', path: '/api/v1/health/findings', versioned: false },
  'alerts.list': { method: 'GET', path: '/api/v1/companies/{company}/alerts', versioned: false },
  'alerts.get': { method: 'GET', path: '/api/v1/companies/{company}/alerts/{no}', versioned: false },
  'alerts.markSeen': { method: 'POST', path: '/api/v1/companies/{company}/alerts/actions/markSeen', versioned: false },
  'bulkOperations.preview': { method: 'POST', path: '/api/v1/companies/{company}/bulkOperations/actions/preview', versioned: false },
  'bulkOperations.create': { method: 'POST', path: '/api/v1/companies/{company}/bulkOperations', versioned: false },
  'bulkOperations.list': { method: 'GET', path: '/api/v1/companies/{company}/bulkOperations', versioned: false },
  'bulkOperations.get': { method: 'GET', path: '/api/v1/companies/{company}/bulkOperations/{operationId}', versioned: false },
  'bulkOperations.rows': { method: 'GET', path: '/api/v1/companies/{company}/bulkOperations/{operationId}/rows', versioned: false },
  'bulkOperations.abort': { method: 'POST', path: '/api/v1/companies/{company}/bulkOperations/{operationId}/actions/abort', versioned: false },
  'views.list': { method: 'GET', path: '/api/v1/companies/{company}/views', versioned: false },
  'views.create': { method: 'POST', path: '/api/v1/companies/{company}/views', versioned: false },
  'views.get': { method: 'GET', path: '/api/v1/companies/{company}/views/{viewId}', versioned: false },
  'views.modify': { method: 'PATCH', path: '/api/v1/companies/{company}/views/{viewId}', versioned: true },
  'views.delete': { method: 'DELETE', path: '/api/v1/companies/{company}/views/{viewId}', versioned: false },
  'backgroundTasks.run': { method: 'POST', path: '/api/v1/companies/{company}/backgroundTasks/{codeunit}/actions/run', versioned: false },
  'users.list': { method: 'GET', path: '/api/v1/companies/{company}/users', versioned: false },
  'users.create': { method: 'POST', path: '/api/v1/companies/{company}/users', versioned: false },
  'users.get': { method: 'GET', path: '/api/v1/companies/{company}/users/{user}', versioned: false },
  'users.modify': { method: 'PATCH', path: '/api/v1/companies/{company}/users/{user}', versioned: true },
  'users.disable': { method: 'POST', path: '/api/v1/companies/{company}/users/{user}/actions/disable', versioned: false },
  'users.enable': { method: 'POST', path: '/api/v1/companies/{company}/users/{user}/actions/enable', versioned: false },
  'users.signIns': { method: 'GET', path: '/api/v1/companies/{company}/users/{user}/signIns', versioned: false },
  'users.endSignIns': { method: 'POST', path: '/api/v1/companies/{company}/users/{user}/actions/endSignIns', versioned: false },
  'users.resetSecondFactor': { method: 'POST', path: '/api/v1/companies/{company}/users/{user}/actions/resetSecondFactor', versioned: false },
  'users.rights': { method: 'GET', path: '/api/v1/companies/{company}/users/{user}/rights', versioned: false },
  'permissionSets.list': { method: 'GET', path: '/api/v1/companies/{company}/permissionSets', versioned: false },
  'permissionSets.create': { method: 'POST', path: '/api/v1/companies/{company}/permissionSets', versioned: false },
  'permissionSets.get': { method: 'GET', path: '/api/v1/companies/{company}/permissionSets/{permissionSet}', versioned: false },
  'permissionSets.modify': { method: 'PATCH', path: '/api/v1/companies/{company}/permissionSets/{permissionSet}', versioned: true },
  'permissionSets.delete': { method: 'DELETE', path: '/api/v1/companies/{company}/permissionSets/{permissionSet}', versioned: false },
  'assignments.create': { method: 'POST', path: '/api/v1/companies/{company}/assignments', versioned: false },
  'assignments.remove': { method: 'POST', path: '/api/v1/companies/{company}/assignments/actions/remove', versioned: false },
  'auditLog.list': { method: 'GET', path: '/api/v1/companies/{company}/auditLog', versioned: false },
  'apiKeys.list': { method: 'GET', path: '/api/v1/companies/{company}/apiKeys', versioned: false },
  'apiKeys.create': { method: 'POST', path: '/api/v1/companies/{company}/apiKeys', versioned: false },
  'apiKeys.revoke': { method: 'POST', path: '/api/v1/companies/{company}/apiKeys/{apiKeyId}/actions/revoke', versioned: false },
  'signIn.create': { method: 'POST', path: '/api/v1/signIn', versioned: false },
  'signIn.secondFactor': { method: 'POST', path: '/api/v1/signIn/actions/secondFactor', versioned: false },
  'signIn.recoveryCode': { method: 'POST', path: '/api/v1/signIn/actions/recoveryCode', versioned: false },
  'signIn.setPassword': { method: 'POST', path: '/api/v1/signIn/actions/setPassword', versioned: false },
  'me.signOut': { method: 'POST', path: '/api/v1/me/actions/signOut', versioned: false },
  'me.changePassword': { method: 'POST', path: '/api/v1/me/actions/changePassword', versioned: false },
  'me.signIns': { method: 'GET', path: '/api/v1/me/signIns', versioned: false },
  'me.endSignIn': { method: 'POST', path: '/api/v1/me/signIns/{signInId}/actions/end', versioned: false },
  'me.beginSecondFactor': { method: 'POST', path: '/api/v1/me/secondFactor', versioned: false },
  'me.confirmSecondFactor': { method: 'POST', path: '/api/v1/me/secondFactor/actions/confirm', versioned: false },
};
