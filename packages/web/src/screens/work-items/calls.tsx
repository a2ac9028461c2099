import { Button, Group, Modal, Radio, Stack, Textarea } from '@mantine/core';
import type { WorkItem, WorkItemCall } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, changed } from '../../data/api.ts';
import tables from '../../ui/card/table.module.css';
import { Fault } from '../../ui/fault.tsx';
import { tell } from '../../ui/notify.ts';
import { Time } from '../../ui/time.tsx';
import type { ItemPlace } from './item-place.ts';
import { parsed } from './json.ts';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

const { calls: WORDS } = TEXTS;

/** What an item has told other systems; a call whose answer was lost is settled here. */
export function Calls({ place, item }: { readonly place: ItemPlace; readonly item: WorkItem }) {
  const [settled, setSettled] = useState<WorkItemCall | null>(null);
  if (item.calls.length === 0) return <p className={classes.quiet}>{WORDS.none}</p>;
  return (
    <div className={`${classes.panel} ${tables.scroll}`}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{WORDS.key}</th>
            <th>{WORDS.idempotencyKey}</th>
            <th>{WORDS.intent}</th>
            <th>{WORDS.answered}</th>
            <th>{WORDS.answer}</th>
          </tr>
        </thead>
        <tbody>
          {item.calls.map((call) => (
            <tr key={call.key}>
              <td>{call.key}</td>
              <td data-long>
                <code>{call.idempotencyKey}</code>
              </td>
              <td>
                <Time at={call.intentAt} />
              </td>
              <td>
                {call.answeredAt === null ? (
                  <span className={classes.open}>
                    {WORDS.open} <Button onClick={() => setSettled(call)}>{WORDS.settle}</Button>
                  </span>
                ) : (
                  <Time at={call.answeredAt} />
                )}
              </td>
              <td data-long>{call.answer !== null && <code>{JSON.stringify(call.answer)}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {settled !== null && <Settle place={place} call={settled} onClose={() => setSettled(null)} />}
    </div>
  );
}

function Settle({
  place,
  call,
  onClose,
}: {
  readonly place: ItemPlace;
  readonly call: WorkItemCall;
  readonly onClose: () => void;
}) {
  const [took, setTook] = useState('');
  const [text, setText] = useState('');
  const answer = parsed(text);
  const settle = useMutation({
    mutationFn: () =>
      api.call('workItems.settleCall', {
        params: place,
        body: {
          key: call.key,
          tookEffect: took === 'yes',
          ...(took === 'yes' && text.trim() !== '' && answer.isGood ? { answer: answer.value } : {}),
        },
      }),
    onSuccess: () => {
      changed('workItems');
      tell(TEXTS.done.settled);
      onClose();
    },
  });
  const isBad = text.trim() !== '' && !answer.isGood;
  return (
    <Modal
      opened
      onClose={onClose}
      title={WORDS.title(call.key)}
      closeButtonProps={{ 'aria-label': WORDS.cancel }}
    >
      <Stack gap="sm">
        <div>{WORDS.text}</div>
        <code>{call.idempotencyKey}</code>
        {settle.error !== null && <Fault error={settle.error} />}
        <Radio.Group value={took} onChange={setTook} aria-label={WORDS.title(call.key)}>
          <Stack gap={6}>
            <Radio value="yes" label={WORDS.took} />
            <Radio value="no" label={WORDS.tookNot} />
          </Stack>
        </Radio.Group>
        {took === 'yes' && (
          <Textarea
            label={WORDS.answerField}
            value={text}
            error={isBad ? TEXTS.payload.bad : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button onClick={onClose}>{WORDS.cancel}</Button>
          <Button
            variant="filled"
            disabled={took === '' || isBad}
            loading={settle.isPending}
            onClick={() => settle.mutate()}
          >
            {WORDS.settle}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
