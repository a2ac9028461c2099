import { Button, Group, Loader, Modal, Progress, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import { changed } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import { toldOf } from '../../data/problem.ts';
import { Fault } from '../fault.tsx';
import classes from './bulk-dialog.module.css';
import { BulkQuestion, isAnswered } from './bulk-question.tsx';
import { type Acting, allowanceOf, type Given, type ListDefinition, type RowAction } from './definition.ts';
import type { Selection } from './selection.ts';
import { TEXTS } from './texts.ts';

interface BulkProps<Row extends Acting> {
  readonly list: ListDefinition<Row>;
  readonly action: RowAction<Row>;
  readonly selection: Selection<Row>;
  readonly onClose: (isDone: boolean) => void;
}

interface Outcome {
  readonly name: string;
  readonly reason: string;
}

interface Course {
  readonly total: number;
  readonly done: number;
  readonly failed: readonly Outcome[];
  readonly state: 'running' | 'stopping' | 'over';
}

/**
 * Does something to many rows that the server does to one at a time only: first looks which of them it can be done to, then does it, one after the other, and
 * tells each failure. It ends with the page.
 */
export function BulkDialog<Row extends Acting>({ list, action, selection, onClose }: BulkProps<Row>) {
  // What was chosen when the dialog was opened is meant.
  const [reading] = useState(() => selection.rows());
  const [rows, setRows] = useState<readonly InCompany<Row>[] | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [given, setGiven] = useState<Given>({ text: '', choice: '' });
  const [course, setCourse] = useState<Course | null>(null);
  useEffect(() => {
    reading.then(setRows, setFault);
  }, [reading]);
  const eligible = rows?.filter((row) => allowanceOf(row, action).allowed) ?? [];
  const left = rows?.filter((row) => !allowanceOf(row, action).allowed) ?? [];
  const start = () => void runAll(list, action, { rows: eligible, given }, setCourse);
  const isRunning = course !== null && course.state !== 'over';
  const question = action.ask?.(eligible.length, eligible[0] === undefined ? '' : list.name(eligible[0]));
  return (
    <Modal
      opened
      onClose={() => (isRunning ? undefined : onClose(course !== null))}
      title={action.label}
      size="lg"
      closeOnClickOutside={!isRunning}
      closeButtonProps={{ 'aria-label': TEXTS.bulk.close }}
    >
      <Stack gap="sm">
        {fault !== null && <Fault error={fault} />}
        {rows === null && fault === null && (
          <Group gap="xs">
            <Loader size="xs" />
            {TEXTS.bulk.checking}
          </Group>
        )}
        {rows !== null && course === null && (
          <>
            <strong>{TEXTS.bulk.eligible(eligible.length, action.label)}</strong>
            {left.length > 0 && (
              <LeftOut
                rows={left.map((row) => ({
                  name: list.name(row),
                  reason: allowanceOf(row, action).reason ?? '',
                }))}
              />
            )}
            {question !== undefined && <BulkQuestion question={question} given={given} onChange={setGiven} />}
            <Group justify="flex-end" gap="xs">
              <Button onClick={() => onClose(false)}>{TEXTS.cancel}</Button>
              <Button
                variant="filled"
                disabled={eligible.length === 0 || (question !== undefined && !isAnswered(question, given))}
                onClick={start}
                {...(action.isDangerous === true ? { color: 'red' } : {})}
                data-autofocus
              >
                {TEXTS.bulk.start(action.label, eligible.length)}
              </Button>
            </Group>
          </>
        )}
        {course !== null && (
          <Running
            course={course}
            onStop={() => setCourse({ ...course, state: 'stopping' })}
            onClose={() => onClose(true)}
          />
        )}
      </Stack>
    </Modal>
  );
}

/** Rows that are left out, those with the same reason together. */
function LeftOut({ rows }: { readonly rows: readonly Outcome[] }) {
  const groups = Map.groupBy(rows, ({ reason }) => reason.replaceAll(/\d+/g, 'n'));
  return (
    <div className={classes.left}>
      {TEXTS.bulk.notEligible(rows.length)}
      <ul>
        {[...groups.values()].map((group) => (
          <li key={group[0]?.reason}>
            <b>{group.length}</b> {group[0]?.reason}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Running({
  course,
  onStop,
  onClose,
}: {
  readonly course: Course;
  readonly onStop: () => void;
  readonly onClose: () => void;
}) {
  const { total, done, failed, state } = course;
  const past = done + failed.length;
  return (
    <>
      <Progress
        value={total === 0 ? 100 : (100 * past) / total}
        aria-label={TEXTS.bulk.progress(past, total)}
      />
      <div role="status">
        {state === 'over' ? TEXTS.bulk.result(done, failed.length) : TEXTS.bulk.progress(past, total)}
      </div>
      {state === 'over' && past < total && <div>{TEXTS.bulk.aborted}</div>}
      {failed.length > 0 && (
        <ul className={classes.failed}>
          {failed.map(({ name, reason }) => (
            <li key={name}>
              <b>{name}</b> {reason}
            </li>
          ))}
        </ul>
      )}
      <Group justify="flex-end" gap="xs">
        {state === 'over' ? (
          <Button variant="filled" onClick={onClose} data-autofocus>
            {TEXTS.bulk.close}
          </Button>
        ) : (
          <>
            <small>{TEXTS.bulk.keepOpen}</small>
            <Button onClick={onStop} disabled={state === 'stopping'}>
              {TEXTS.bulk.abort}
            </Button>
          </>
        )}
      </Group>
    </>
  );
}

async function runAll<Row extends Acting>(
  list: ListDefinition<Row>,
  action: RowAction<Row>,
  { rows, given }: { readonly rows: readonly InCompany<Row>[]; readonly given: Given },
  setCourse: (change: (before: Course | null) => Course) => void,
): Promise<void> {
  const first: Course = { total: rows.length, done: 0, failed: [], state: 'running' };
  let stop = false;
  const note = (change: (course: Course) => Course) =>
    setCourse((before) => {
      const next = change(before ?? first);
      stop = next.state === 'stopping';
      return next;
    });
  note(() => first);
  for (const row of rows) {
    if (stop) break;
    try {
      await action.run(row, given);
      note((course) => ({ ...course, done: course.done + 1 }));
    } catch (error) {
      const failure = { name: list.name(row), reason: toldOf(error).text };
      note((course) => ({ ...course, failed: [...course.failed, failure] }));
    }
  }
  note((course) => ({ ...course, state: 'over' }));
  changed(list.resource);
}
