import type { WorkItem } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import { Section } from '../../ui/card/card.tsx';
import { Time } from '../../ui/time.tsx';
import { Stack } from '../log-entries/error-tab.tsx';
import type { ItemPlace } from './item-place.ts';
import { WORK_ITEMS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

const { error: ERROR, history: HISTORY } = TEXTS;

/** What the last run of an item that failed ended with. */
export function ItemError({ place, item }: { readonly place: ItemPlace; readonly item: WorkItem }) {
  const { error, errorStack } = item;
  if (error === null) return <p className={classes.quiet}>{ERROR.none}</p>;
  return (
    <>
      <Section title={ERROR.what}>
        <div className={classes.error}>
          <strong>{error.message}</strong>
          <span className={classes.quiet}>
            {error.code !== null && <code>{error.code}</code>} {ERROR.at} <Time at={error.at} />
          </span>
          {error.fingerprint !== null && (
            <Link
              to={`${WORK_ITEMS_PATH}/${place.table}` as never}
              search={{ company: place.company, status: 'Failed', fingerprint: error.fingerprint } as never}
            >
              {ERROR.same}
            </Link>
          )}
        </div>
      </Section>
      <Section title={ERROR.where}>
        <Stack frames={errorStack?.split('\n').slice(1) ?? []} />
      </Section>
    </>
  );
}

/** What people have done with an item. */
export function ItemHistory({ item: { history } }: { readonly item: WorkItem }) {
  if (history.length === 0) return <p className={classes.quiet}>{HISTORY.none}</p>;
  return (
    <Section title={TEXTS.tabs.history}>
      <ol className={classes.history}>
        {history.map(({ at, user, verb, text }) => (
          <li key={`${at} ${verb}`}>
            <Time at={at} />
            <span>
              <b>{user}</b> {HISTORY.verbs[verb] ?? verb}
              {text !== null && <q>{text}</q>}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
