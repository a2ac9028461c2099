import { Button, Group, Loader, Modal, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type Answer, api, changed, keyOf } from '../../data/api.ts';
import { Fault } from '../../ui/fault.tsx';
import { durationText } from '../../ui/format.ts';
import { tell } from '../../ui/notify.ts';
import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { aheadWords, eligibleWords, readyWords } from './ready-words.ts';

const { ready: TEXTS } = ENTRY_TEXTS;

interface Props {
  readonly company: string;
  readonly entryId: string;
  /** For people, such as "Entry 12". */
  readonly name: string;
  /** @param isReady whether it was set Ready */
  readonly onClose: (isReady: boolean) => void;
}

/** Shows what would come of setting an entry Ready, as whom, from when and after how many, and then does it. */
export function ReadyDialog({ isSaved, ...props }: Props & { readonly isSaved: boolean }) {
  return (
    <Modal
      opened
      onClose={() => props.onClose(false)}
      title={TEXTS.title(props.name)}
      closeButtonProps={{ 'aria-label': TEXTS.leave }}
    >
      <Stack gap="sm">
        {isSaved && <div>{TEXTS.saved}</div>}
        <ReadyQuestion {...props} />
      </Stack>
    </Modal>
  );
}

/** The rehearsal with its two answers. */
export function ReadyQuestion({ company, entryId, name, onClose }: Props) {
  const params = { company, entryId };
  const { data: rehearsal, error } = useQuery({
    queryKey: keyOf('jobQueueEntries', company, 'rehearsal', entryId),
    queryFn: ({ signal }) => api.call('jobQueueEntries.rehearsal', { params, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const setting = useMutation({
    mutationFn: () => api.call('jobQueueEntries.setReady', { params }),
    onSuccess: () => {
      if (rehearsal !== undefined) tell(TEXTS.done(name), readyWords(rehearsal));
      onClose(true);
    },
    onSettled: () => changed('jobQueueEntries'),
  });
  return (
    <>
      {error !== null && <Fault error={error} />}
      {setting.error !== null && <Fault error={setting.error} />}
      {rehearsal === undefined && error === null && (
        <Group gap="xs">
          <Loader size="xs" />
          {TEXTS.looking}
        </Group>
      )}
      {rehearsal !== undefined && <Rehearsal rehearsal={rehearsal} />}
      <Group justify="flex-end" gap="xs">
        <Button onClick={() => onClose(false)}>{TEXTS.leave}</Button>
        <Button
          variant="filled"
          disabled={rehearsal?.allowed !== true}
          loading={setting.isPending}
          onClick={() => setting.mutate()}
          data-autofocus
        >
          {TEXTS.confirm}
        </Button>
      </Group>
    </>
  );
}

function Rehearsal({ rehearsal }: { readonly rehearsal: Answer<'jobQueueEntries.rehearsal'> }) {
  const { allowed, reason, runAs, ranAs, usualWaitMs, warnings } = rehearsal;
  return (
    <>
      {!allowed && (
        <p className={classes.fault} role="alert">
          <strong>{TEXTS.refused}</strong> {reason}
        </p>
      )}
      <dl className={classes.rehearsal}>
        <dt>{TEXTS.runAs}</dt>
        <dd>
          <strong>{TEXTS.you(runAs)}</strong>
          {ranAs !== runAs && ` (${TEXTS.was(ranAs)})`}
        </dd>
        <dt>{TEXTS.eligible}</dt>
        <dd>{eligibleWords(rehearsal)}</dd>
        <dt>{TEXTS.ahead}</dt>
        <dd>{aheadWords(rehearsal)}</dd>
        <dt>{TEXTS.wait}</dt>
        <dd>{usualWaitMs === null ? TEXTS.waitUnknown : TEXTS.ofThat(durationText(usualWaitMs))}</dd>
      </dl>
      {warnings.length > 0 && (
        <ul className={classes.warnings}>
          {warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </>
  );
}
