import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMemo } from 'react';
import { DataList } from '../../ui/data-list/data-list.tsx';
import { IconPlus } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';
import { NewUserForm } from './user-form.tsx';
import { USERS_LIST } from './users-list.tsx';

/** The users. */
export function Screen() {
  const [isNew, { open, close }] = useDisclosure(false);
  const list = useMemo(
    () => ({
      ...USERS_LIST,
      buttons: (
        <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={open}>
          {TEXTS.newUser}
        </Button>
      ),
    }),
    [open],
  );
  return (
    <>
      <DataList list={list} />
      {isNew && <NewUserForm onClose={close} />}
    </>
  );
}
