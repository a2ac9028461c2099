import type { z } from 'zod';
import type { inboxDocument, report as wireReport } from '../contract/report.ts';
import type { ReportRouteName } from '../contract/report-routes.ts';
import { given, isNightshiftError, NightshiftError } from '../foundation/index.ts';
import { type Platform, reportInbox } from '../platform/index.ts';
import { type InboxDocument, type InboxQuery, isReport, type Report } from '../reports/index.ts';
import { AUTHORITY, actorOf, doorOf, startSession } from '../session/index.ts';
import type { HandlersOf } from './handler.ts';
import { cursorOf, pageOfAll, placeOf } from './paging.ts';
import { instantOf, jsonSchemaOf } from './wire-parts.ts';

function reportWire(report: Report): z.input<typeof wireReport> {
  const { name, id, description, parameters, outputTypes, isolation, permissions } = report;
  return {
    name,
    id,
    description,
    parametersSchema: parameters === null ? null : jsonSchemaOf(parameters),
    outputTypes: [...outputTypes],
    isolation,
    tables: { ...permissions.tables },
  };
}

function documentWire(document: InboxDocument): z.input<typeof inboxDocument> {
  const { createdAt, readAt } = document;
  return { ...document, createdAt: instantOf(createdAt), readAt: instantOf(readAt) };
}

function reportsOf({ codeunits }: Platform): readonly Report[] {
  return codeunits
    .names()
    .map((name) => codeunits.get(name))
    .filter(isReport);
}

/** What is the record of a session is the body here. */
function asOfBody(error: unknown): never {
  if (!isNightshiftError(error, 'RECORD_INVALID')) throw error;
  const field = error.field?.replace(/^record\./, '') ?? 'parameters';
  throw new NightshiftError(error.code, error.message, { field, cause: error });
}

/** By its name, or its number. @throws NightshiftError REPORT_UNKNOWN */
function reportNamed(platform: Platform, name: string): Report {
  const all = reportsOf(platform);
  const found = all.find((each) => each.name === name || String(each.id) === name);
  if (found !== undefined) return found;
  const known = all.map((each) => each.name).join(', ') || 'none';
  throw new NightshiftError('REPORT_UNKNOWN', `This application has no report "${name}". It has: ${known}.`, {
    field: 'report',
  });
}

/** What the addresses about reports do. */
export const REPORT_HANDLERS: HandlersOf<ReportRouteName> = {
  async 'reports.list'({ platform, caller }, { query }) {
    const door = doorOf(caller);
    const wish = { kind: 'company', id: String(door.company.no), name: caller.company };
    await door.service(AUTHORITY).demand(actorOf(door), 'company.open', wish);
    return pageOfAll(reportsOf(platform), query, { key: ({ name }) => name, row: reportWire });
  },
  async 'reports.run'({ platform, caller }, { params, body }) {
    const target = reportNamed(platform, params.report);
    const session = await startSession(caller, target, { record: given(body) }).catch(asOfBody);
    // How it ends is in its events; its document comes into the inbox.
    session.started.catch(() => undefined);
    session.finished.catch(() => undefined);
    return { id: session.id, uniqueId: session.uniqueId };
  },
  async 'reportInbox.list'({ caller }, { query }) {
    const { after, ...filters } = query;
    const before = after === undefined ? undefined : Number(placeOf(after, ['number'])[0]);
    const found = await reportInbox.list(caller, given({ ...filters, before }) as InboxQuery);
    const { value, isExact } = found.total;
    return {
      items: found.documents.map(documentWire),
      page: { next: found.next === null ? null : cursorOf([found.next]) },
      total: { value, relation: isExact ? 'eq' : 'gte' },
    };
  },
  async 'reportInbox.get'({ caller }, { params }) {
    return documentWire(await reportInbox.get(caller, params.no));
  },
  async 'reportInbox.fetch'({ caller }, { params }) {
    return reportInbox.fetch(caller, params.no);
  },
  async 'reportInbox.mark'({ caller }, { body }) {
    return { changed: await reportInbox.mark(caller, body) };
  },
  async 'reportInbox.delete'({ caller }, { body }) {
    return { changed: await reportInbox.delete(caller, body) };
  },
};
