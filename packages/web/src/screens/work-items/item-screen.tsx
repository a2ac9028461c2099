import { help } from 'virtual:help/WorkItem';
import { Loader } from '@mantine/core';
import type { WorkItem } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useScope } from '../../app/scope.ts';
import { usePathPart } from '../../app/url.ts';
import { api, changed, keyOf } from '../../data/api.ts';
import { useLive } from '../../data/live.ts';
import { ActionBar } from '../../ui/card/action-bar.tsx';
import { Card, Section } from '../../ui/card/card.tsx';
import { Fault } from '../../ui/fault.tsx';
import { tell, tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { Calls } from './calls.tsx';
import { itemActions } from './item-actions.ts';
import { ItemError, ItemHistory } from './item-past.tsx';
import type { ItemPlace } from './item-place.ts';
import { numbersText } from './items-screen.tsx';
import { WORK_ITEMS_PATH } from './paths.ts';
import { Payload } from './payload.tsx';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

const { tabs: TABS, columns: LABELS, facts: FACTS } = TEXTS;

/** One work item: what is to be processed, what went wrong, what was done about it. */
export function Screen() {
  const table = usePathPart('table');
  const itemId = Number(usePathPart('itemId'));
  const { home: company } = useScope();
  useLive('workItems');
  const place = { company, table, itemId };
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('workItems', company, 'one', table, itemId),
    queryFn: ({ signal }) => api.call('workItems.get', { params: place, signal }),
  });
  if (data !== undefined) return <ItemCard key={`${company} ${table} ${itemId}`} place={place} item={data} />;
  return error === null ? (
    <Loader size="sm" role="status" aria-label={TEXTS.card} />
  ) : (
    <Fault error={error} retry={() => void refetch()} />
  );
}

function ItemCard({ place, item }: { readonly place: ItemPlace; readonly item: WorkItem }) {
  const { company, table } = place;
  const name = TEXTS.name(item.externalId);
  const row = { ...item, company };
  const lead = item.error?.message ?? item.note;
  return (
    <Card
      back={{ to: `${WORK_ITEMS_PATH}/${table}`, label: TEXTS.back(table) }}
      title={item.externalId}
      badge={<Status of={item.status} />}
      {...(lead === null
        ? {}
        : { lead: <span className={item.error === null ? '' : classes.bad}>{lead}</span> })}
      actions={
        <ActionBar
          row={row}
          name={name}
          actions={itemActions<WorkItem>(table)}
          onRun={(action, given) =>
            void action
              .run(row, given)
              .then(() => tell(action.done(name)))
              .catch(tellError)
              .finally(() => changed('workItems'))
          }
        />
      }
      tabs={[
        { id: 'payload', label: TABS.payload, content: <Payload place={place} item={item} /> },
        { id: 'error', label: TABS.error, content: <ItemError place={place} item={item} /> },
        { id: 'calls', label: TABS.calls(item.calls.length), content: <Calls place={place} item={item} /> },
        { id: 'history', label: TABS.history, content: <ItemHistory item={item} /> },
      ]}
      side={<ItemSide item={item} />}
    />
  );
}

function ItemSide({ item }: { readonly item: WorkItem }) {
  const rows: readonly (readonly [name: keyof typeof LABELS, value: ReactNode])[] = [
    ['assignedTo', item.assignedTo],
    ['attempts', item.attempts],
    ['startedAt', item.startedAt === null ? null : <Time key="t" at={item.startedAt} />],
    ['nextAttemptAt', item.status === 'Pending' ? <Time key="t" at={item.nextAttemptAt} /> : null],
    ['stagedAt', <Time key="t" at={item.stagedAt} />],
    ['finishedAt', item.finishedAt === null ? null : <Time key="t" at={item.finishedAt} />],
    ['note', item.note],
    ['concurrencyKey', item.concurrencyKey],
    ['correlationIds', numbersText(item.correlationIds)],
    ['losses', item.losses === 0 ? null : item.losses],
    ['id', item.id],
  ];
  return (
    <Section title={FACTS.title}>
      <dl className={classes.facts}>
        {rows.map(([name, value]) =>
          value === null || value === '' ? null : (
            <div key={name} title={help[name]}>
              <dt>{LABELS[name]}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </Section>
  );
}
