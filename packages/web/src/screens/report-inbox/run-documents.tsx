import { useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import { sizeText } from '../../ui/format.ts';
import { DocumentButton } from './document-button.tsx';
import classes from './inbox.module.css';
import { TEXTS } from './texts.ts';

const DOCUMENTS_MAX = 20;

/** The documents that a session has left in the inbox of whoever is at the screen; nothing where there are none. */
export function RunDocuments({
  company,
  sessionUniqueId,
}: {
  readonly company: string;
  readonly sessionUniqueId: string;
}) {
  const { data } = useQuery({
    queryKey: keyOf('reportInbox', company, 'session', sessionUniqueId),
    queryFn: ({ signal }) =>
      api.call('reportInbox.list', {
        params: { company },
        query: { sessionUniqueId, limit: DOCUMENTS_MAX },
        signal,
      }),
  });
  const documents = data?.items ?? [];
  if (documents.length === 0) return null;
  return (
    <Section title={TEXTS.ofRun}>
      <ul className={classes.documents}>
        {documents.map((document) => (
          <li key={document.no}>
            <DocumentButton company={company} document={document} />
            <small>
              {TEXTS.types[document.outputType]}, {sizeText(document.size)}
            </small>
          </li>
        ))}
      </ul>
    </Section>
  );
}
