import { help } from 'virtual:help/NewPermissionSet';
import type { NewPermissionSet, PermissionSet } from '@nightshift/client/api';
import { useScope } from '../../app/scope.ts';
import { useGo } from '../../app/url.ts';
import { api, changed } from '../../data/api.ts';
import { FormDialog, type FormField, type FormValues } from '../../ui/card/form-dialog.tsx';
import { SETS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

type FieldName = 'name' | 'description' | 'codeunits' | 'reports' | 'tables' | 'includes' | 'excludes';

function field(name: FieldName, more: Partial<FormField> = {}): FormField {
  return { name, label: TEXTS.fields[name], help: help[name], kind: 'lines', ...more };
}

const CHANGED: readonly FormField[] = [
  field('description', { kind: 'text' }),
  field('codeunits'),
  field('reports'),
  field('tables'),
  field('includes'),
  field('excludes'),
];
const ALL: readonly FormField[] = [field('name', { kind: 'text', isRequired: true }), ...CHANGED];
const EMPTY = {
  name: '',
  description: '',
  codeunits: '',
  reports: '',
  tables: '',
  includes: '',
  excludes: '',
};

function valuesOf({
  description,
  codeunits,
  reports,
  tables,
  includes,
  excludes,
}: PermissionSet): FormValues {
  return {
    description,
    codeunits: codeunits.join('\n'),
    reports: reports.join('\n'),
    tables: Object.entries(tables)
      .map(([table, rights]) => `${table}: ${rights}`)
      .join('\n'),
    includes: includes.join('\n'),
    excludes: excludes.join('\n'),
  };
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function bodyOf(values: FormValues): Partial<NewPermissionSet> {
  const parts = Object.entries(values).map(([name, value]) => {
    const text = String(value);
    if (name === 'name' || name === 'description') return [name, text];
    if (name !== 'tables') return [name, linesOf(text)];
    const rights = linesOf(text).map((line) => line.split(':').map((part) => part.trim()));
    return [name, Object.fromEntries(rights.map(([table = '', letters = '']) => [table, letters]))];
  });
  return Object.fromEntries(parts) as Partial<NewPermissionSet>;
}

/** Makes a permission set, and goes to its card. */
export function NewSet({ onClose }: { readonly onClose: () => void }) {
  const { home: company } = useScope();
  const go = useGo();
  return (
    <FormDialog
      title={TEXTS.newSet}
      text={TEXTS.newText}
      fields={ALL}
      initial={EMPTY}
      submit={TEXTS.create}
      save={async (values) => {
        const body = bodyOf(values) as NewPermissionSet;
        const { name } = await api.call('permissionSets.create', { params: { company }, body });
        changed('permissionSets');
        go(`${SETS_PATH}/${encodeURIComponent(name)}`, { company });
      }}
      onClose={onClose}
    />
  );
}

/** Changes a permission set that an administrator has made. */
export function ChangeSet({
  company,
  set,
  onClose,
}: {
  readonly company: string;
  readonly set: PermissionSet;
  readonly onClose: () => void;
}) {
  return (
    <FormDialog<PermissionSet>
      title={`${TEXTS.edit}: ${set.name}`}
      fields={CHANGED}
      initial={valuesOf(set)}
      changing={{
        version: set.version,
        valuesOf,
        versionOf: ({ version }) => version,
        audit: { company, object: set.name, verb: 'permissionSet.modify' },
      }}
      save={async (values, version) => {
        const params = { company, permissionSet: set.name };
        await api.call('permissionSets.modify', { params, body: bodyOf(values), version });
        changed('permissionSets');
      }}
      onClose={onClose}
    />
  );
}
