import { help } from 'virtual:help/NewCategory';
import type { Category, CategoryChanges, NewCategory } from '@nightshift/client/api';
import { api, changed } from '../../data/api.ts';
import { FormDialog, type FormField, type FormValues } from '../../ui/card/form-dialog.tsx';
import { TEXTS } from './texts.ts';

const { categories: CATEGORIES } = TEXTS;
const FIELDS: readonly FormField[] = [
  { name: 'code', label: CATEGORIES.fields.code, help: help['code'], kind: 'text', isRequired: true },
  { name: 'description', label: CATEGORIES.fields.description, help: help['description'], kind: 'text' },
  { name: 'parallelism', label: CATEGORIES.fields.parallelism, help: help['parallelism'], kind: 'number' },
];

function valuesOf({ code, description, parallelism }: Category): FormValues {
  return { code, description, parallelism: String(parallelism) };
}

function bodyOf(values: FormValues): CategoryChanges {
  return {
    ...values,
    ...('parallelism' in values ? { parallelism: Number(values['parallelism']) } : {}),
  } as CategoryChanges;
}

/** Makes a category, or changes and renames one. */
export function CategoryForm({
  company,
  category,
  onClose,
}: {
  readonly company: string;
  /** Null: a new one. */
  readonly category: Category | null;
  readonly onClose: () => void;
}) {
  if (category === null) {
    return (
      <FormDialog
        title={CATEGORIES.newOne}
        text={CATEGORIES.newText}
        fields={FIELDS}
        initial={{ code: '', description: '', parallelism: '1' }}
        submit={CATEGORIES.create}
        save={async (values) => {
          await api.call('categories.create', { params: { company }, body: bodyOf(values) as NewCategory });
          changed('categories');
        }}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog<Category>
      title={`${CATEGORIES.edit}: ${category.code}`}
      fields={FIELDS}
      initial={valuesOf(category)}
      changing={{
        version: category.version,
        valuesOf,
        versionOf: ({ version }) => version,
        audit: { company, object: category.code, verb: 'category.change' },
      }}
      save={async (values, version) => {
        const params = { company, code: category.code };
        await api.call('categories.modify', { params, body: bodyOf(values), version });
        changed('categories', 'jobQueueEntries');
      }}
      onClose={onClose}
    />
  );
}
