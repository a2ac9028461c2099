import { api } from '../../data/api.ts';
import { useEachCompany } from '../../data/each-company.ts';
import type { InboxDocument } from '../../data/reports.ts';
import { Part } from '../../ui/part.tsx';
import { Time } from '../../ui/time.tsx';
import { DocumentButton } from '../report-inbox/document-button.tsx';
import { REPORT_INBOX_PATH } from '../report-inbox/paths.ts';
import classes from './home.module.css';
import { TEXTS } from './texts.ts';

const DOCUMENTS_MAX = 5;

/** The newest documents that somebody has not read; nothing where he has read all. */
export function NewDocuments({ companies }: { readonly companies: readonly string[] }) {
  const { rows } = useEachCompany<InboxDocument>(
    'reportInbox',
    companies,
    ['newest'],
    async (company, signal) => {
      const query = { unread: true, limit: DOCUMENTS_MAX };
      return (await api.call('reportInbox.list', { params: { company }, query, signal })).items;
    },
  );
  const shown = rows
    .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))
    .slice(0, DOCUMENTS_MAX);
  if (shown.length === 0) return null;
  return (
    <Part
      title={TEXTS.documents}
      more={{ label: TEXTS.all, path: REPORT_INBOX_PATH, search: { unread: 'true' } }}
    >
      <ul className={classes.rows}>
        {shown.map((document) => (
          <li key={`${document.company} ${document.no}`}>
            <span className={classes.lead}>
              <DocumentButton company={document.company} document={document} />
              <small>
                {companies.length > 1 && <span className={classes.company}>{document.company}</span>}
                {document.description || document.report}
              </small>
            </span>
            <Time at={document.createdAt} show="relative" />
          </li>
        ))}
      </ul>
    </Part>
  );
}
