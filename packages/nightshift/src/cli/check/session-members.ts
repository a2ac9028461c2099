/** What raises CALLBACK_NOT_ALLOWED in the background. `message`, `error` and `openDialog` do not. */
export const DIALOGS = Object.freeze([
  'confirm',
  'runPage',
  'runReport',
  'activatePage',
  'hyperlink',
  'upload',
  'download',
] as const);

/** Dialogs that also answer something; they are questions when somebody looks at the answer. */
export const ANSWERING: ReadonlySet<string> = new Set(['runPage', 'runReport', 'upload']);

/** Verbs of the platform that take a session and change nothing. */
export const READING_VERB =
  /(?:^|\.)(?:get|list|is|has|read|find|describe|preview|events)(?:[A-Z]\w*)?$|(?:Exists|Entries)$/;

/** Methods of a query builder that begin a change. */
export const WRITING_BUILDER = /^(?:insert|update|delete|merge|replace|truncate)/;
