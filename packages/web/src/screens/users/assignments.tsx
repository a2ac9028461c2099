import { Button, Group, Modal, NativeSelect, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { User } from '@nightshift/client/api';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, changed, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import tables from '../../ui/card/table.module.css';
import { Fault } from '../../ui/fault.tsx';
import { IconPlus } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';
import classes from './users.module.css';

const { sets: SETS } = TEXTS;

/** What somebody may, by permission set and company; given and taken here. */
export function Assignments({ company, user }: { readonly company: string; readonly user: User }) {
  const [isNew, { open, close }] = useDisclosure(false);
  const take = useMutation({
    mutationFn: ({ permissionSet, where }: { permissionSet: string; where: string | null }) =>
      api.call('assignments.remove', {
        params: { company: where ?? company },
        body: { user: user.name, permissionSet, everywhere: where === null },
      }),
    onSuccess: (_, { permissionSet }) => tell(SETS.taken(permissionSet)),
    onError: tellError,
    onSettled: () => changed('users', 'permissionSets'),
  });
  return (
    <Section title={SETS.title}>
      <div className={classes.line}>
        <span>{user.assignments.length === 0 ? SETS.none : SETS.text}</span>
        <Button leftSection={<IconPlus size={14} />} onClick={open}>
          {SETS.add}
        </Button>
      </div>
      {user.assignments.length > 0 && (
        <div className={tables.scroll}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{SETS.set}</th>
                <th>{SETS.where}</th>
                <th data-wide>{SETS.by}</th>
                <th data-wide>{SETS.at}</th>
                <th aria-label={SETS.remove} />
              </tr>
            </thead>
            <tbody>
              {user.assignments.map(({ permissionSet, company: where, assignedBy, assignedAt }) => (
                <tr key={`${permissionSet} ${where}`}>
                  <td>
                    <Link to={`/permission-sets/${encodeURIComponent(permissionSet)}` as never}>
                      {permissionSet}
                    </Link>
                  </td>
                  <td>{where ?? SETS.everywhere}</td>
                  <td data-wide>{assignedBy ?? ''}</td>
                  <td data-wide>
                    <Time at={assignedAt} />
                  </td>
                  <td data-align="end">
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-label={SETS.removeFrom(permissionSet, where ?? SETS.everywhere)}
                      onClick={() => take.mutate({ permissionSet, where })}
                    >
                      {SETS.remove}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isNew && <Assign company={company} user={user} onClose={close} />}
    </Section>
  );
}

/** Gives a permission set to a user, here or everywhere. */
function Assign({
  company,
  user,
  onClose,
}: {
  readonly company: string;
  readonly user: User;
  readonly onClose: () => void;
}) {
  const [permissionSet, setPermissionSet] = useState('');
  const [where, setWhere] = useState('here');
  const sets = useQuery({
    queryKey: keyOf('permissionSets', company, 'names'),
    queryFn: ({ signal }) =>
      api.call('permissionSets.list', { params: { company }, query: { limit: 500 }, signal }),
  });
  const give = useMutation({
    mutationFn: () =>
      api.call('assignments.create', {
        params: { company },
        body: { user: user.name, permissionSet, everywhere: where === 'everywhere' },
      }),
    onSuccess: () => {
      tell(SETS.given(permissionSet));
      changed('users', 'permissionSets');
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={SETS.newTitle(user.name)}
      closeButtonProps={{ 'aria-label': TEXTS.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          give.mutate();
        }}
      >
        <Stack gap="sm">
          {give.error !== null && <Fault error={give.error} />}
          <NativeSelect
            label={SETS.set}
            data={[
              { value: '', label: SETS.choose, disabled: true },
              ...(sets.data?.items.map(({ name }) => name) ?? []),
            ]}
            description={sets.data?.items.find(({ name }) => name === permissionSet)?.description}
            value={permissionSet}
            onChange={(event) => setPermissionSet(event.currentTarget.value)}
            data-autofocus
          />
          <NativeSelect
            label={SETS.whereLabel}
            data={[
              { value: 'here', label: SETS.here(company) },
              { value: 'everywhere', label: SETS.everywhere },
            ]}
            value={where}
            onChange={(event) => setWhere(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button onClick={onClose}>{TEXTS.cancel}</Button>
            <Button type="submit" variant="filled" disabled={permissionSet === ''} loading={give.isPending}>
              {SETS.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
