import { describeBytes } from '../foundation/index.ts';
import type { InboxDocument, InboxQuery } from '../reports/index.ts';
import type { Caller } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange, parseWholeNumber } from './parsing.ts';
import { tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { reportInbox } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** Documents that are listed at most. */
export const DOCUMENTS_LISTED_MAX = 500;
/** Documents that are listed when nothing is said. */
export const DOCUMENTS_LISTED_DEFAULT = 50;

/** How `report inbox` was called. */
export interface InboxOptions {
  readonly unread?: boolean;
  readonly report?: string;
  readonly everyone?: boolean;
  readonly before?: string;
  readonly limit?: string;
}

/** Lists the documents in the report inbox, newest first. */
export async function listInboxCommand(invocation: Invocation, options: InboxOptions): Promise<ExitCode> {
  const query = inboxQueryOf(options);
  await withCaller(invocation, {}, async (caller) => {
    const { documents, next } = await reportInbox.list(caller, query);
    const older = next === null ? [] : [`Older ones: --before ${next}`];
    invocation.answer(documents, () =>
      documents.length === 0
        ? noneText(caller, query)
        : [inboxTable(documents, zoneOrUtc(caller.timeZone), query), ...older].join('\n'),
    );
  });
  return EXIT.ok;
}

function inboxQueryOf({ unread, report, everyone, before, limit }: InboxOptions): InboxQuery {
  const range = { minimum: 1, maximum: DOCUMENTS_LISTED_MAX };
  return {
    ...(unread === true ? { unread } : {}),
    ...(report === undefined ? {} : { report }),
    ...(everyone === true ? { everyone } : {}),
    ...(before === undefined ? {} : { before: parseWholeNumber(before, 'before') }),
    limit: limit === undefined ? DOCUMENTS_LISTED_DEFAULT : parseRange(limit, 'limit', range),
  };
}

function noneText(
  { user, company }: Caller,
  { unread = false, report, everyone = false }: InboxQuery,
): string {
  const which = `${unread ? 'unread ' : ''}documents${report === undefined ? '' : ` of ${report}`}`;
  return `There are no ${which} in the report inbox of ${everyone ? 'anybody' : user} in ${company}.`;
}

function inboxTable(
  documents: readonly InboxDocument[],
  zone: string,
  { everyone = false }: InboxQuery,
): string {
  const user = everyone ? ['User'] : [];
  return tableOf(
    ['No', 'Report', 'Description', 'File', 'Size', `Made (${zone})`, ...user, 'Entry', `Read (${zone})`],
    documents.map((document) => [
      document.no,
      document.report,
      document.description === document.report ? null : document.description,
      document.fileName,
      describeBytes(document.size),
      wallClockText(document.createdAt, zone),
      ...(everyone ? [document.user] : []),
      document.entryNo,
      wallClockText(document.readAt, zone),
    ]),
  );
}
