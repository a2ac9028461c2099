import { help } from 'virtual:help/User';
import { Loader } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { User, UserRow } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { useScope } from '../../app/scope.ts';
import { usePathPart } from '../../app/url.ts';
import { api, changed, keyOf } from '../../data/api.ts';
import { useLive } from '../../data/live.ts';
import { ActionBar } from '../../ui/card/action-bar.tsx';
import { Card, Section } from '../../ui/card/card.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import type { Given, RowAction } from '../../ui/data-list/definition.ts';
import { Fault } from '../../ui/fault.tsx';
import { IconPencil } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { Time } from '../../ui/time.tsx';
import { UserRights } from '../rights/user-rights.tsx';
import { Assignments } from './assignments.tsx';
import { USERS_PATH } from './paths.ts';
import { SignIns } from './sign-ins.tsx';
import { TEXTS } from './texts.ts';
import { UserEntries } from './user-entries.tsx';
import { ChangeUser } from './user-form.tsx';
import { USER_ACTIONS, UserState } from './users-list.tsx';

const { fields: LABELS, tabs: TABS, sections: SECTIONS } = TEXTS;
const EDIT: RowAction<UserRow> = {
  name: 'modify',
  label: TEXTS.edit,
  icon: IconPencil,
  isMain: true,
  run: async () => undefined,
  done: () => '',
};

/** The card of a user. */
export function Screen() {
  const user = usePathPart('user');
  const { home: company } = useScope();
  useLive('users');
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('users', company, 'one', user),
    queryFn: ({ signal }) => api.call('users.get', { params: { company, user }, signal }),
  });
  if (data !== undefined) return <UserCard key={`${company} ${user}`} company={company} user={data} />;
  return error === null ? (
    <Loader size="sm" role="status" aria-label={TEXTS.card} />
  ) : (
    <Fault error={error} retry={() => void refetch()} />
  );
}

function UserCard({ company, user }: { readonly company: string; readonly user: User }) {
  const [isEditing, { open, close }] = useDisclosure(false);
  const run = async (action: RowAction<UserRow>, given: Given) => {
    if (action === EDIT) return open();
    try {
      await action.run({ ...user, company }, given);
      tell(action.done(TEXTS.name(user.name)));
    } catch (error) {
      tellError(error);
    }
    return changed('users');
  };
  const row = { ...user, company };
  return (
    <>
      <Card
        back={{ to: USERS_PATH, label: TEXTS.back }}
        title={user.fullName === '' ? user.name : `${user.name} · ${user.fullName}`}
        badge={<UserState {...user} />}
        {...(user.isGone ? { lead: TEXTS.goneTip } : {})}
        actions={
          <ActionBar
            row={row}
            name={TEXTS.name(user.name)}
            actions={[EDIT, ...USER_ACTIONS]}
            onRun={(action, given) => void run(action as RowAction<UserRow>, given)}
          />
        }
        tabs={[
          { id: 'general', label: TABS.general, content: <General user={user} /> },
          { id: 'sets', label: TABS.sets, content: <Assignments company={company} user={user} /> },
          { id: 'rights', label: TABS.rights, content: <UserRights company={company} user={user.name} /> },
          { id: 'signIns', label: TABS.signIns, content: <SignIns company={company} user={user} /> },
          { id: 'entries', label: TABS.entries, content: <UserEntries user={user} /> },
        ]}
      />
      {isEditing && <ChangeUser company={company} user={user} onClose={close} />}
    </>
  );
}

function General({ user }: { readonly user: User }) {
  const yesNo = (value: boolean) => (value ? TEXTS.yes : TEXTS.no);
  return (
    <>
      <Section title={SECTIONS.who}>
        <Fields>
          <Field label={LABELS.name} help={help['name']}>
            <Value>{user.name}</Value>
          </Field>
          <Field label={LABELS.fullName} help={help['fullName']}>
            <Value>{user.fullName}</Value>
          </Field>
          <Field label={LABELS.kind} help={help['kind']}>
            <Value>{TEXTS.kinds[user.kind]}</Value>
          </Field>
          <Field label={LABELS.language} help={help['language']}>
            <Value>{user.language}</Value>
          </Field>
          <Field label={LABELS.timeZone} help={help['timeZone']}>
            <Value>{user.timeZone}</Value>
          </Field>
          <Field label={LABELS.validUntil} help={help['validUntil']}>
            <Time at={user.validUntil} />
          </Field>
        </Fields>
      </Section>
      <Section title={SECTIONS.schedule}>
        <Fields>
          <Field label={LABELS.canSchedule} help={help['canSchedule']}>
            <Value>{yesNo(user.canSchedule)}</Value>
          </Field>
          <Field label={LABELS.isDelegated} help={help['isDelegated']}>
            <Value>{yesNo(user.isDelegated)}</Value>
          </Field>
          <Field label={LABELS.rights} help={help['assignments']}>
            <Value>{user.assignments.map(({ permissionSet }) => permissionSet).join(', ')}</Value>
          </Field>
        </Fields>
      </Section>
    </>
  );
}
