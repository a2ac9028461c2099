import { isNightshiftError } from '../foundation/index.ts';
import { reportInbox } from '../platform/index.ts';
import type { VerbCall } from './verb-stage.ts';

/** Nothing, where there is no such document for the caller, or he may not see those of others. */
async function found<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (isNightshiftError(error, 'DOCUMENT_UNKNOWN')) return null;
    if (isNightshiftError(error, 'PERMISSION_DENIED') && error.field === 'everyone') return null;
    throw error;
  });
}

/** The functions about the report inbox. */
export const REPORT_CALLS: Readonly<Record<string, VerbCall>> = {
  'reportInbox.list': {
    verb: 'document.read',
    owned: true,
    async use(stage, at) {
      const no = await stage.document(at);
      const everyone = at.ownerNo !== at.userNo;
      const page = await found(reportInbox.list(at.caller, { everyone }));
      return page?.documents.some((document) => document.no === no) ?? false;
    },
  },
  'reportInbox.get': {
    verb: 'document.read',
    owned: true,
    use: async (stage, at) => found(reportInbox.get(at.caller, await stage.document(at))),
  },
  'reportInbox.fetch': {
    verb: 'document.read',
    owned: true,
    use: async (stage, at) => found(reportInbox.fetch(at.caller, await stage.document(at))),
  },
  'reportInbox.mark': {
    verb: 'document.read',
    owned: true,
    async use(stage, at) {
      const numbers = [await stage.document(at)];
      return (await reportInbox.mark(at.caller, { numbers, read: true })) > 0;
    },
  },
  'reportInbox.delete': {
    verb: 'document.delete',
    owned: true,
    async use(stage, at) {
      const numbers = [await stage.document(at)];
      return (await reportInbox.delete(at.caller, { numbers })) > 0;
    },
  },
};
