import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Answer, api, changed, keyOf } from './api.ts';
import { useLive } from './live.ts';
import { saveFile } from './save-file.ts';

/** A report of the application. */
export type Report = Answer<'reports.list'>['items'][number];
/** A document in the report inbox. */
export type InboxDocument = Answer<'reportInbox.get'>;
/** A kind of document. */
export type ReportOutputType = InboxDocument['outputType'];

const REPORTS_MAX = 500;

/** The reports of the application; null: they are not known (yet), or not for whoever asks. */
export function useReports(company: string): readonly Report[] | null {
  const { data } = useQuery({
    queryKey: keyOf('reports', company, 'all'),
    queryFn: ({ signal }) =>
      api.call('reports.list', { params: { company }, query: { limit: REPORTS_MAX }, signal }),
    staleTime: 60_000,
  });
  return data?.items ?? null;
}

/** How many documents somebody has not read in some companies; 0 until that is known. */
export function useUnreadDocuments(companies: readonly string[]): number {
  useLive('reportInbox');
  const { data = 0 } = useQuery({
    queryKey: keyOf('reportInbox', companies.join('\n'), 'unread'),
    placeholderData: keepPreviousData,
    // Somebody may have read them elsewhere.
    refetchOnWindowFocus: true,
    async queryFn({ signal }) {
      const found = await Promise.all(
        companies.map((company) =>
          api.call('reportInbox.list', { params: { company }, query: { unread: true, limit: 1 }, signal }),
        ),
      );
      return found.reduce((sum, { total }) => sum + (total?.value ?? 0), 0);
    },
  });
  return data;
}

/** What names a document. */
export type DocumentPlace = Pick<InboxDocument, 'no'> & { readonly company: string };

/** Has the browser save a document. The server notes that it is read. @throws ApiProblem */
export async function fetchDocument({ company, no }: DocumentPlace): Promise<void> {
  const { name, content } = await api.file('reportInbox.fetch', { params: { company, no } });
  saveFile(content, name);
  changed('reportInbox');
}

/** Marks a document as read, or as not read. @throws ApiProblem */
export function markDocument(
  { company, no }: DocumentPlace,
  read: boolean,
): Promise<Answer<'reportInbox.mark'>> {
  return api.call('reportInbox.mark', { params: { company }, body: { numbers: [no], read } });
}

/** Deletes a document for good. @throws ApiProblem */
export function deleteDocument({ company, no }: DocumentPlace): Promise<Answer<'reportInbox.delete'>> {
  return api.call('reportInbox.delete', { params: { company }, body: { numbers: [no] } });
}
