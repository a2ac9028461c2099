import { help } from 'virtual:help/ApiKey';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ApiKey } from '@nightshift/client/api';
import { useMemo } from 'react';
import { api } from '../../data/api.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconBan, IconKey, IconPlus } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { NewKey } from './new-key.tsx';
import { TEXTS } from './texts.ts';

type Row = ApiKey;

const { columns: LABELS } = TEXTS;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

function state({ isValid, revokedAt }: Row) {
  return <Status of={isValid ? 'Valid' : revokedAt === null ? 'Expired' : 'Revoked'} />;
}

const LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'apiKeys',
  operation: 'apiKeys.list',
  columns: [
    column('state', 110, state, { inCard: 'status', help: help['isValid'] }),
    column('name', 180, ({ name }) => name, { inCard: 'title' }),
    column('user', 120, ({ user }) => user),
    column('scopes', 260, ({ scopes }) => <span title={scopes.join('\n')}>{scopes.join(', ')}</span>),
    column('lastUsedAt', 190, ({ lastUsedAt }) => <Time at={lastUsedAt} none={TEXTS.never} />),
    column('expiresAt', 225, ({ expiresAt }) => <Time at={expiresAt} />),
    column('createdBy', 120, ({ createdBy }) => createdBy),
    column('createdAt', 190, ({ createdAt }) => <Time at={createdAt} />, { isHidden: true }),
    column('revokedAt', 190, ({ revokedAt }) => <Time at={revokedAt} />, { isHidden: true }),
  ],
  filters: [],
  key: ({ id }) => id,
  name: ({ name }) => TEXTS.name(name),
  actions: [
    {
      name: 'revoke',
      label: TEXTS.revoke,
      icon: IconBan,
      isMain: true,
      isDangerous: true,
      ask: (count, name) => ({ title: TEXTS.revokeAsk(count, name), text: TEXTS.revokeText }),
      run: ({ company, id }) => api.call('apiKeys.revoke', { params: { company, apiKeyId: id } }),
      done: TEXTS.revoked,
    },
  ],
};

/** The keys by which programs sign in. */
export function Screen() {
  const [isNew, { open, close }] = useDisclosure(false);
  const list = useMemo(() => {
    const button = (
      <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={open}>
        {TEXTS.newKey}
      </Button>
    );
    const whenEmpty = (
      <Empty icon={IconKey} title={TEXTS.empty} text={TEXTS.emptyText}>
        {button}
      </Empty>
    );
    return { ...LIST, buttons: button, whenEmpty };
  }, [open]);
  return (
    <>
      <DataList list={list} />
      {isNew && <NewKey onClose={close} />}
    </>
  );
}
