import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, changed, keyOf } from '../../data/api.ts';
import { Fault } from '../../ui/fault.tsx';
import { IconHand } from '../../ui/icons.ts';
import { tell } from '../../ui/notify.ts';
import classes from './health.module.css';
import { TEXTS } from './texts.ts';

/** Says that the database is held, and why, and lets it be released. @param why as the server says */
export function Held({ why, name }: { readonly why: string; readonly name: string | null }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <div className={classes.held}>
      <IconHand size={20} aria-hidden />
      <div>
        <h2>{TEXTS.held}</h2>
        <p>{why}</p>
        <p>{TEXTS.heldText}</p>
      </div>
      <Button variant="filled" color="red" onClick={() => setAsking(true)}>
        {TEXTS.release} …
      </Button>
      {isAsking && <ReleaseDialog name={name} onClose={() => setAsking(false)} />}
    </div>
  );
}

function ReleaseDialog({ name, onClose }: { readonly name: string | null; readonly onClose: () => void }) {
  const [wanted, setWanted] = useState(name ?? '');
  const environment = useQuery({
    queryKey: keyOf('environment', null),
    queryFn: ({ signal }) => api.call('environment.get', { signal }),
  }).data;
  const release = useMutation({
    mutationFn: () =>
      api.call('environment.release', { body: wanted.trim() === '' ? {} : { name: wanted.trim() } }),
    onSuccess: () => {
      changed('environment', 'health');
      tell(TEXTS.releaseDone);
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={TEXTS.releaseTitle}
      size="lg"
      closeButtonProps={{ 'aria-label': TEXTS.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          release.mutate();
        }}
      >
        <Stack gap="sm">
          {release.error !== null && <Fault error={release.error} />}
          {environment !== undefined && (
            <div>{TEXTS.releaseText(environment.dueTasks, environment.readyEntries)}</div>
          )}
          <strong>{TEXTS.releaseCheck}</strong>
          <TextInput
            label={TEXTS.releaseName}
            description={TEXTS.releaseHelp}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
            maxLength={100}
          />
          <Group justify="flex-end" gap="xs">
            <Button onClick={onClose}>{TEXTS.cancel}</Button>
            <Button type="submit" variant="filled" color="red" loading={release.isPending}>
              {TEXTS.release}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
