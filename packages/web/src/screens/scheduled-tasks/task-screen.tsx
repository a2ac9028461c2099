import { help } from 'virtual:help/ScheduledTask';
import { Loader } from '@mantine/core';
import type { ScheduledTask } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { useScope } from '../../app/scope.ts';
import { useGo, usePathPart } from '../../app/url.ts';
import { api, changed, keyOf } from '../../data/api.ts';
import { useLive } from '../../data/live.ts';
import { ActionBar } from '../../ui/card/action-bar.tsx';
import { Card, Fields, Section } from '../../ui/card/card.tsx';
import { Field, Value } from '../../ui/card/field.tsx';
import type { Given, RowAction } from '../../ui/data-list/definition.ts';
import { Fault } from '../../ui/fault.tsx';
import { GoneUser } from '../../ui/gone-user.tsx';
import { tell, tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { EntryLink } from '../entries/entry-link.tsx';
import { TASKS_PATH } from './paths.ts';
import { TASK_ACTIONS } from './task-actions.ts';
import { TEXTS } from './texts.ts';

const { columns: LABELS, sections: SECTIONS } = TEXTS;

/** The card of a scheduled task. */
export function Screen() {
  const taskId = usePathPart('taskId');
  const { home: company } = useScope();
  useLive('scheduledTasks');
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('scheduledTasks', company, 'one', taskId),
    queryFn: ({ signal }) => api.call('scheduledTasks.get', { params: { company, taskId }, signal }),
  });
  if (data !== undefined) return <TaskCard company={company} task={data} />;
  if (error !== null) return <Fault error={error} retry={() => void refetch()} />;
  return <Loader size="sm" role="status" aria-label={TEXTS.card} />;
}

function TaskCard({ company, task }: { readonly company: string; readonly task: ScheduledTask }) {
  const go = useGo();
  const name = TEXTS.name(task.id);
  const run = async (action: RowAction<ScheduledTask>, given: Given) => {
    try {
      const answer = await action.run({ ...task, company }, given);
      tell(action.done(name, answer));
      // A task that is cancelled or deleted is no more.
      if (action.name === 'cancel' || action.name === 'delete') go(TASKS_PATH, { company });
    } catch (error) {
      tellError(error);
    }
    changed('scheduledTasks');
  };
  return (
    <Card
      back={{ to: TASKS_PATH, label: TEXTS.list }}
      title={task.codeunit}
      badge={<Status of={task.state} />}
      lead={task.error?.message ?? task.why}
      actions={
        <ActionBar
          row={{ ...task, company }}
          name={name}
          actions={TASK_ACTIONS as readonly RowAction<ScheduledTask>[]}
          onRun={(action, given) => void run(action, given)}
        />
      }
      tabs={[
        { id: 'general', label: TEXTS.tabs.general, content: <General company={company} task={task} /> },
      ]}
    />
  );
}

function General({ company, task }: { readonly company: string; readonly task: ScheduledTask }) {
  const { instance, record, entry } = task;
  return (
    <>
      <Section title={SECTIONS.what}>
        <Fields>
          <Field label={LABELS.codeunit} help={help['codeunit']}>
            <Value>{task.codeunit}</Value>
          </Field>
          {entry !== null && (
            <Field label={LABELS.entry} help={help['entry']}>
              <EntryLink company={company} entry={entry} />
            </Field>
          )}
          <Field label={LABELS.failureCodeunit} help={help['failureCodeunit']}>
            <Value>{task.failureCodeunit}</Value>
          </Field>
          <Field label={LABELS.failing} help={help['failing']}>
            <Value>{task.failing ? TEXTS.yes : TEXTS.no}</Value>
          </Field>
          <Field label={LABELS.user} help={help['user']}>
            <GoneUser name={task.user ?? '–'} isGone={task.userGone} why={TEXTS.gone} />
          </Field>
          <Field label={LABELS.reassignedBy} help={help['reassignedBy']}>
            <Value>{task.reassignedBy}</Value>
          </Field>
          {entry === null && record !== null && record !== undefined && (
            <Field label={LABELS.record} help={help['record']} isWide>
              <code>{JSON.stringify(record)}</code>
            </Field>
          )}
        </Fields>
      </Section>
      <Section title={SECTIONS.state}>
        <Fields>
          <Field label={LABELS.due} help={help['due']}>
            <Time at={task.due} />
          </Field>
          <Field label={LABELS.attempt} help={help['attempt']}>
            <Value>{task.attempt}</Value>
          </Field>
          <Field label={LABELS.losses} help={help['losses']}>
            <Value>{task.losses}</Value>
          </Field>
          <Field label={LABELS.instance} help={help['instance']}>
            <Value>
              {instance === null ? null : TEXTS.instance(instance.place, instance.host, instance.processId)}
            </Value>
          </Field>
          <Field label={LABELS.createdAt} help={help['createdAt']}>
            <Time at={task.createdAt} />
          </Field>
          <Field label={LABELS.failedAt} help={help['failedAt']}>
            <Time at={task.failedAt} />
          </Field>
        </Fields>
      </Section>
      <Section title={SECTIONS.trace}>
        <Fields>
          <Field label={LABELS.id} help={help['id']}>
            <Value>{task.id}</Value>
          </Field>
          <Field label={LABELS.correlationId} help={help['correlationId']}>
            <Value>{task.correlationId}</Value>
          </Field>
          <Field label={LABELS.idempotencyKey} help={help['idempotencyKey']}>
            <Value>{task.idempotencyKey}</Value>
          </Field>
        </Fields>
      </Section>
    </>
  );
}
