import { help } from 'virtual:help/UserChanges';
import type { User, UserChanges } from '@nightshift/client/api';
import { useScope } from '../../app/scope.ts';
import { useGo } from '../../app/url.ts';
import { api, changed } from '../../data/api.ts';
import { FormDialog, type FormField, type FormValues } from '../../ui/card/form-dialog.tsx';
import { USERS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

const { fields: LABELS } = TEXTS;

function field(name: keyof typeof LABELS & keyof UserChanges, more: Partial<FormField> = {}): FormField {
  return { name, label: LABELS[name], help: help[name], kind: 'text', ...more };
}

const FIELDS: readonly FormField[] = [
  field('name', { isRequired: true }),
  field('fullName'),
  field('kind', { kind: 'words', words: ['person', 'application'] }),
  field('language'),
  field('timeZone'),
  field('validUntil'),
  field('canSchedule', { kind: 'flag' }),
  field('isDelegated', { kind: 'flag' }),
];

function valuesOf({ name, fullName, kind, language, timeZone, validUntil, canSchedule, isDelegated }: User) {
  return { name, fullName, kind, language, timeZone, validUntil: validUntil ?? '', canSchedule, isDelegated };
}

/** Nothing in the field means that it ends never. */
function bodyOf(values: FormValues): UserChanges {
  return (
    'validUntil' in values ? { ...values, validUntil: values['validUntil'] || null } : values
  ) as UserChanges;
}

/** Changes a user. */
export function ChangeUser({
  company,
  user,
  onClose,
}: {
  readonly company: string;
  readonly user: User;
  readonly onClose: () => void;
}) {
  const go = useGo();
  return (
    <FormDialog<User>
      title={`${TEXTS.edit}: ${user.name}`}
      fields={FIELDS}
      initial={valuesOf(user)}
      changing={{
        version: user.version,
        valuesOf,
        versionOf: ({ version }) => version,
        audit: { company, object: String(user.no), verb: 'user.modify' },
      }}
      save={async (values, version) => {
        const next = await api.call('users.modify', {
          params: { company, user: user.name },
          body: bodyOf(values),
          version,
        });
        changed('users');
        if (next.name !== user.name) go(`${USERS_PATH}/${encodeURIComponent(next.name)}`, { company });
      }}
      onClose={onClose}
    />
  );
}

const NEW = {
  name: '',
  fullName: '',
  kind: 'person',
  language: '',
  timeZone: '',
  validUntil: '',
  canSchedule: true,
  isDelegated: false,
} as const;

/** Creates a user, and goes to his card, where he is given rights. */
export function NewUserForm({ onClose }: { readonly onClose: () => void }) {
  const { home: company } = useScope();
  const go = useGo();
  return (
    <FormDialog
      title={TEXTS.newUser}
      text={TEXTS.newText}
      fields={FIELDS}
      initial={NEW}
      submit={TEXTS.create}
      save={async (values) => {
        const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
        const { name } = await api.call('users.create', {
          params: { company },
          body: given as { name: string },
        });
        changed('users');
        go(`${USERS_PATH}/${encodeURIComponent(name)}`, { company, tab: 'sets' });
      }}
      onClose={onClose}
    />
  );
}
