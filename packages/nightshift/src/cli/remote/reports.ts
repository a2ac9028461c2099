import type { Operations, StartedSession } from '@nightshift/client/api';
import type { EntryOutputType } from '../../contract/report-output-type.ts';
import { given } from '../../foundation/index.ts';
import type { reportInbox } from '../../platform/index.ts';
import type { InboxDocument } from '../../reports/index.ts';
import type { Caller } from '../../session/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf, firstOf, pageSize } from './wire.ts';

const LISTED_DEFAULT = 50;

type ItemOf<Name extends 'reports.list' | 'reportInbox.list'> = Operations[Name]['answer']['items'][number];

/** A report of an application, as a server lists it. */
export type ListedReport = ItemOf<'reports.list'>;

/** What a report is run with. */
export interface RemoteReport {
  readonly report: string;
  readonly parameters: unknown;
  /** Undefined: its usual one. */
  readonly outputType: EntryOutputType | undefined;
}

/** Starts a report by a server, in the company of the caller. */
export function startReportByServer(
  caller: Caller,
  { report, parameters, outputType }: RemoteReport,
): Promise<StartedSession> {
  const { server, params } = at(caller);
  const body = given({ parameters, outputType });
  return server.call('reports.run', { params: { ...params, report }, body });
}

/** The reports of the application of a server. */
export const reportsByServer = {
  list(caller: Caller): Promise<readonly ListedReport[]> {
    const { server, params } = at(caller);
    return firstOf(server.all('reports.list', { params, query: { limit: pageSize() } }));
  },
};

function documentOf(wire: ItemOf<'reportInbox.list'>): InboxDocument {
  return { ...wire, createdAt: dateOf(wire.createdAt), readAt: dateOf(wire.readAt) };
}

/** The verbs about the report inbox, carried out by a server. */
export const reportInboxByServer: typeof reportInbox = {
  async list(caller, { before, limit = LISTED_DEFAULT, ...filters } = {}) {
    const { server, params } = at(caller);
    // Where a page begins only the server can write, so what is newer is passed over.
    const size = pageSize(before === undefined ? limit : undefined);
    const found: InboxDocument[] = [];
    let after: string | undefined;
    for (;;) {
      const query = { limit: size, ...given({ ...filters, after }) };
      const { items, page, total } = await server.call('reportInbox.list', { params, query });
      found.push(...items.filter(({ no }) => before === undefined || no < before).map(documentOf));
      const isEnough = found.length >= limit;
      if (page.next !== null && !isEnough) {
        after = page.next;
        continue;
      }
      const documents = found.slice(0, limit);
      const isMore = page.next !== null || found.length > limit;
      return {
        documents,
        next: isMore ? (documents.at(-1)?.no ?? null) : null,
        total: { value: total?.value ?? found.length, isExact: total?.relation === 'eq' },
      };
    }
  },
  async get(caller, no) {
    const { server, params } = at(caller);
    return documentOf(await server.call('reportInbox.get', { params: { ...params, no } }));
  },
  async fetch(caller, no) {
    const { server, params } = at(caller);
    const { name, content } = await server.file('reportInbox.fetch', { params: { ...params, no } });
    return { fileName: name, contentType: content.type, content: Buffer.from(await content.arrayBuffer()) };
  },
  async mark(caller, { numbers, read }) {
    const { server, params } = at(caller);
    const body = { numbers: [...numbers], read };
    return (await server.call('reportInbox.mark', { params, body })).changed;
  },
  async delete(caller, { numbers }) {
    const { server, params } = at(caller);
    return (await server.call('reportInbox.delete', { params, body: { numbers: [...numbers] } })).changed;
  },
};
