import { help } from 'virtual:help/Category';
import { Button } from '@mantine/core';
import type { Category } from '@nightshift/client/api';
import { useMemo, useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { api } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { numberText } from '../../ui/format.ts';
import { IconPencil, IconPlus, IconTag, IconTrash } from '../../ui/icons.ts';
import { CategoryForm } from './category-form.tsx';
import { TEXTS } from './texts.ts';

const { categories: CATEGORIES } = TEXTS;

function count(id: 'parallelism' | 'entries' | 'held' | 'waiting'): Column<Category> {
  return {
    id,
    label: CATEGORIES.fields[id],
    help: help[id],
    width: 90,
    align: 'end',
    cell: (row) => numberText(row[id]),
  };
}

const LIST: ListDefinition<Category> = {
  title: CATEGORIES.list,
  noun: CATEGORIES.noun,
  nouns: CATEGORIES.nouns,
  resource: 'categories',
  operation: 'categories.list',
  columns: [
    {
      id: 'code',
      label: CATEGORIES.fields.code,
      help: help['code'],
      width: 150,
      cell: ({ code }) => code,
      inCard: 'title',
    },
    {
      id: 'description',
      label: CATEGORIES.fields.description,
      help: help['description'],
      width: 380,
      cell: ({ description }) => description,
    },
    count('parallelism'),
    count('entries'),
    count('held'),
    count('waiting'),
  ],
  filters: [],
  key: ({ code }) => code,
  name: ({ code }) => CATEGORIES.name(code),
  link: ({ code }) => ({ path: '/job-queue-entries', search: { category: code } }),
};

/** Categories: entries of one run one at a time. */
export function Screen() {
  const { home } = useScope();
  const [edited, setEdited] = useState<InCompany<Category> | 'new' | null>(null);
  const list = useMemo((): ListDefinition<Category> => {
    const button = (
      <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setEdited('new')}>
        {CATEGORIES.newOne}
      </Button>
    );
    return {
      ...LIST,
      buttons: button,
      whenEmpty: (
        <Empty icon={IconTag} title={CATEGORIES.empty} text={CATEGORIES.emptyText}>
          {button}
        </Empty>
      ),
      actions: [
        {
          name: 'modify',
          label: CATEGORIES.edit,
          icon: IconPencil,
          isSingle: true,
          run: async (row) => setEdited(row),
          done: () => '',
        },
        {
          name: 'delete',
          label: CATEGORIES.delete,
          icon: IconTrash,
          isMain: true,
          isDangerous: true,
          ask: (some, name) => ({ title: CATEGORIES.deleteAsk(some, name) }),
          run: ({ company, code }) => api.call('categories.delete', { params: { company, code } }),
          done: CATEGORIES.deleted,
        },
      ],
    };
  }, []);
  return (
    <>
      <DataList list={list} />
      {edited !== null && (
        <CategoryForm
          company={edited === 'new' ? home : edited.company}
          category={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
        />
      )}
    </>
  );
}
