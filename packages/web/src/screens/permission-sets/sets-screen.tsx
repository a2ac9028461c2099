import { help } from 'virtual:help/PermissionSetRow';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { PermissionSetRow } from '@nightshift/client/api';
import { useMemo } from 'react';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { ListDefinition } from '../../ui/data-list/definition.ts';
import { numberText } from '../../ui/format.ts';
import { IconPlus } from '../../ui/icons.ts';
import { SETS_PATH } from './paths.ts';
import { NewSet } from './set-form.tsx';
import { TEXTS } from './texts.ts';

const { fields: LABELS, columns: COLUMNS } = TEXTS;

const SETS_LIST: ListDefinition<PermissionSetRow & { readonly allowedActions?: never }> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'permissionSets',
  operation: 'permissionSets.list',
  columns: [
    {
      id: 'name',
      label: LABELS.name,
      help: help['name'],
      width: 190,
      cell: ({ name }) => name,
      inCard: 'title',
    },
    {
      id: 'description',
      label: LABELS.description,
      help: help['description'],
      width: 380,
      cell: ({ description }) => <span title={description}>{description}</span>,
    },
    {
      id: 'source',
      label: LABELS.source,
      help: help['source'],
      width: 130,
      cell: ({ source, application }) => application ?? TEXTS.sources[source],
    },
    {
      id: 'users',
      label: LABELS.users,
      help: help['users'],
      width: 70,
      align: 'end',
      cell: ({ users }) => numberText(users),
    },
    {
      id: 'includes',
      label: COLUMNS.includes,
      help: help['includes'],
      width: 180,
      cell: ({ includes }) => includes.join(', '),
    },
    {
      id: 'codeunits',
      label: COLUMNS.codeunits,
      help: help['codeunits'],
      width: 200,
      cell: ({ codeunits }) => codeunits.join(', '),
      isHidden: true,
    },
    {
      id: 'reports',
      label: COLUMNS.reports,
      help: help['reports'],
      width: 200,
      cell: ({ reports }) => reports.join(', '),
      isHidden: true,
    },
  ],
  filters: [],
  key: ({ name }) => name,
  name: ({ name }) => TEXTS.name(name),
  link: ({ name }) => ({ path: `${SETS_PATH}/${encodeURIComponent(name)}` }),
};

/** The permission sets. */
export function Screen() {
  const [isNew, { open, close }] = useDisclosure(false);
  const list = useMemo(
    () => ({
      ...SETS_LIST,
      buttons: (
        <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={open}>
          {TEXTS.newSet}
        </Button>
      ),
    }),
    [open],
  );
  return (
    <>
      <DataList list={list} />
      {isNew && <NewSet onClose={close} />}
    </>
  );
}
