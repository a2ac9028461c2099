import { help } from 'virtual:help/JobQueueLogEntry';
import { type CardTab, Section } from '../../ui/card/card.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import { Time } from '../../ui/time.tsx';
import { CourseTab } from './course-tab.tsx';
import { ErrorTab } from './error-tab.tsx';
import { EventsTab } from './events-tab.tsx';
import { ItemsTab } from './items-tab.tsx';
import classes from './log-entries.module.css';
import { LogLines } from './log-lines.tsx';
import { TEXTS } from './texts.ts';
import { Troubleshoot } from './troubleshoot.tsx';
import type { RunKnown } from './use-run.ts';

const { tabs: TABS, columns: LABELS, data: DATA } = TEXTS;

/** The tabs of the card of a run. */
export function logEntryTabs(known: RunKnown): readonly CardTab[] {
  return [
    { id: 'troubleshoot', label: TABS.troubleshoot, content: <Troubleshoot known={known} /> },
    { id: 'error', label: TABS.error, content: <ErrorTab known={known} /> },
    {
      id: 'log',
      label: TABS.log(known.told.lines.length),
      content: <LogLines known={known} />,
    },
    { id: 'items', label: TABS.items, content: <ItemsTab known={known} /> },
    { id: 'course', label: TABS.course, content: <CourseTab known={known} /> },
    { id: 'events', label: TABS.events, content: <EventsTab known={known} /> },
    { id: 'data', label: TABS.data, content: <DataTab known={known} /> },
  ];
}

function DataTab({ known: { run, facts } }: { readonly known: RunKnown }) {
  const text = (
    label: string,
    name: keyof typeof help & string,
    value: string | number | null | undefined,
  ) => (
    <Field label={label} help={help[name]}>
      <Value>{value ?? null}</Value>
    </Field>
  );
  return (
    <>
      <Section title={DATA.what}>
        <Fields>
          {text(LABELS.object, 'object', run.object)}
          {text(LABELS.parameterString, 'parameterString', run.parameterString)}
          {text(LABELS.category, 'category', run.category)}
          <Field label={LABELS.plannedAt} help={help['plannedAt']}>
            <Time at={run.plannedAt} />
          </Field>
          <Field label={LABELS.startedAt} help={help['startedAt']}>
            <Time at={run.startedAt} />
          </Field>
          <Field label={LABELS.endedAt} help={help['endedAt']}>
            <Time at={run.endedAt} />
          </Field>
          <Field label={DATA.parameters} help={help['parameters']} isWide>
            {run.parameters === null || run.parameters === undefined ? (
              <Value>{null}</Value>
            ) : (
              <pre className={classes.json}>{JSON.stringify(run.parameters, null, 2)}</pre>
            )}
          </Field>
        </Fields>
      </Section>
      <Section title={DATA.ids}>
        <Fields>
          {text(LABELS.correlationId, 'correlationId', run.correlationId)}
          {text(DATA.sessionUniqueId, 'sessionId', facts?.sessionUniqueId)}
          {text(LABELS.sessionId, 'sessionId', run.sessionId)}
          {text(LABELS.instanceName, 'instanceName', run.instanceName)}
          {text(DATA.epoch, 'instanceEpoch', run.instanceEpoch)}
          {text(DATA.taskId, 'taskId', run.taskId)}
          {text(LABELS.fingerprint, 'fingerprint', run.fingerprint)}
          {text(LABELS.phase, 'phase', run.phase)}
        </Fields>
      </Section>
    </>
  );
}
