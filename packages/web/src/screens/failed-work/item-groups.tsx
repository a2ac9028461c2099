import { Button } from '@mantine/core';
import type { WorkItemErrorGroup } from '@nightshift/client/api';
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, changed, keyOf } from '../../data/api.ts';
import { ActionDialog } from '../../ui/data-list/action-dialog.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Fault } from '../../ui/fault.tsx';
import { IconCheckCircle } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { actOnItems, itemActions } from '../work-items/item-actions.ts';
import { WORK_ITEMS_PATH } from '../work-items/paths.ts';
import classes from './failed-work.module.css';
import { Count, FirstAndLast } from './group-facts.tsx';
import { TEXTS } from './texts.ts';

const { columns: LABELS } = TEXTS;

interface Group extends WorkItemErrorGroup {
  readonly company: string;
  readonly table: string;
}
type Name = keyof typeof TEXTS.itemActions;

/** Failed work items of all tables by kind of error; what is done is done to all of a kind. */
export function ItemGroups({ companies }: { readonly companies: readonly string[] }) {
  const { groups, error, isLoading } = useItemGroups(companies);
  const [asked, setAsked] = useState<{ readonly group: Group; readonly name: Name } | null>(null);
  const act = async ({ company, table, fingerprint }: Group, name: Name, text: string) => {
    try {
      const { changed: count } = await actOnItems({ company, table }, name, { fingerprint }, text);
      tell(TEXTS.itemsDone(count));
    } catch (fault) {
      tellError(fault);
    }
    changed('workItems');
  };
  const question = (group: Group, name: Name) =>
    itemActions(group.table)
      .find((action) => action.name === name)
      ?.ask?.(group.items, group.message);
  const take = (group: Group, name: Name) =>
    question(group, name) === undefined ? void act(group, name, '') : setAsked({ group, name });
  const open = asked === null ? undefined : question(asked.group, asked.name);
  return (
    <>
      {error !== null && <Fault error={error} />}
      {!isLoading && error === null && groups.length === 0 && (
        <Empty icon={IconCheckCircle} title={TEXTS.noItems} text={TEXTS.noItemsText} />
      )}
      <ul className={classes.groups}>
        {groups.map((group) => (
          <GroupLine
            key={`${group.company} ${group.table} ${group.fingerprint}`}
            group={group}
            withCompany={companies.length > 1}
            onTake={take}
          />
        ))}
      </ul>
      {asked !== null && open !== undefined && (
        <ActionDialog
          question={open}
          label={TEXTS.itemActions[asked.name]}
          isDangerous={asked.name === 'skip'}
          onClose={() => setAsked(null)}
          onAnswer={({ text }) => {
            setAsked(null);
            void act(asked.group, asked.name, text);
          }}
        />
      )}
    </>
  );
}

function GroupLine({
  group,
  withCompany,
  onTake,
}: {
  readonly group: Group;
  readonly withCompany: boolean;
  readonly onTake: (group: Group, name: Name) => void;
}) {
  const { company, table, fingerprint, code, message, items, unassigned, firstAt, lastAt } = group;
  return (
    <li className={classes.group}>
      <div className={classes.what}>
        <strong>{message}</strong>
        <span>
          {withCompany && <b>{company}</b>}
          {table}
          {code !== null && <code>{code}</code>}
        </span>
      </div>
      <dl className={classes.numbers}>
        <Count label={LABELS.items} value={items} isBad />
        <Count label={LABELS.unassigned} value={unassigned} />
        <FirstAndLast {...{ firstAt, lastAt }} />
      </dl>
      <div className={classes.actions}>
        <Link
          to={`${WORK_ITEMS_PATH}/${table}` as never}
          search={{ company, status: 'Failed', fingerprint } as never}
        >
          {TEXTS.showItems}
        </Link>
        {(Object.keys(TEXTS.itemActions) as Name[]).map((name) => (
          <Button key={name} onClick={() => onTake(group, name)}>
            {TEXTS.itemActions[name]}
          </Button>
        ))}
      </div>
    </li>
  );
}

/** The groups of all tables that may be read, in all companies. */
function useItemGroups(companies: readonly string[]) {
  return useQueries({
    queries: companies.map((company) => ({
      queryKey: keyOf('workItems', company, 'groups'),
      queryFn: ({ signal }: { signal: AbortSignal }) => groupsOf(company, signal),
    })),
    combine: (results) => ({
      groups: results.flatMap(({ data }) => data ?? []).toSorted((a, b) => b.items - a.items),
      error: results.find(({ error }) => error !== null)?.error ?? null,
      isLoading: results.some(({ isPending }) => isPending),
    }),
  });
}

async function groupsOf(company: string, signal: AbortSignal): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for await (const table of api.all('workItemTables.list', { params: { company }, signal })) {
    if (!table.isReadable || table.counts.every(({ status }) => status !== 'Failed')) continue;
    const params = { company, table: table.name };
    const { items } = await api.call('workItems.errorGroups', { params, query: { limit: 200 }, signal });
    groups.push(...items.map((group) => ({ ...group, company, table: table.name })));
  }
  return groups;
}
