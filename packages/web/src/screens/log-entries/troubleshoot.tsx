import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { durationText } from '../../ui/format.ts';
import { IconMonitor } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { ENTRIES_PATH } from '../entries/paths.ts';
import { RightsLink } from '../rights/rights-link.tsx';
import { Moments } from './course-tab.tsx';
import { ErrorChainView } from './error-tab.tsx';
import { EventsLink, EventTable } from './events-tab.tsx';
import classes from './log-entries.module.css';
import { runBeforeMe } from './log-entry-actions.ts';
import { Step } from './step.tsx';
import { STEPS } from './texts.ts';
import { type RunKnown, useEntryOf } from './use-run.ts';

/** The kinds of session events by which sessions do not end by themselves. */
const BAD_EVENTS = new Set(['Error', 'Timeout', 'Stopped', 'Killed', 'Lost']);

/**
 * Answers the seven steps of the troubleshooting checklist for one run, in its order and from facts. On top what went wrong, and what to
 * do about it: whoever reads no further knows how to go on.
 */
export function Troubleshoot({ known }: { readonly known: RunKnown }) {
  if (known.facts === undefined) return null;
  const facts = { ...known, facts: known.facts };
  return (
    <>
      <Summary known={facts} />
      <p className={classes.quiet}>{STEPS.lead}</p>
      <ol className={classes.steps}>
        <EntryStep known={facts} />
        <LogStep known={facts} />
        <RightsStep known={facts} />
        <DialogStep known={facts} />
        <TelemetryStep known={facts} />
        <EventStep known={facts} />
        <ForegroundStep known={facts} />
      </ol>
    </>
  );
}

type Known = RunKnown & { readonly facts: NonNullable<RunKnown['facts']> };
interface StepProps {
  readonly known: Known;
}

function Summary({ known }: StepProps) {
  const { run } = known;
  const isRunning = run.status === 'In Process';
  const isGood = run.status === 'Success';
  const title = isRunning ? STEPS.summaryRunning : isGood ? STEPS.summaryGood : STEPS.summaryBad;
  return (
    <section className={classes.summary} data-tone={isRunning ? 'busy' : isGood ? 'good' : 'bad'}>
      <h2>
        <Status of={run.status} /> {title}
      </h2>
      {run.error === null ? run.note !== null && <p>{run.note}</p> : <ErrorChainView known={known} />}
      <div>
        <h3>{STEPS.doNext}</h3>
        <p>{advice(known)}</p>
        {known.facts.sameErrorRuns > 0 && (
          <p className={classes.quiet}>{STEPS.advice.sameToo(known.facts.sameErrorRuns)}</p>
        )}
      </div>
    </section>
  );
}

/** How many items of a run failed: those that still do, else as many as it said. */
function failedItemsOf({ run, facts }: Pick<Known, 'run' | 'facts'>): number {
  const known = facts.failedItems.reduce((sum, each) => sum + each.failed, 0);
  return known > 0 ? known : (run.itemCounts?.failed ?? 0);
}

/** What helps, by the facts: the first that is found, in the order in which it makes sense. */
function advice({ run, facts }: Known): string {
  const { advice: SAY } = STEPS;
  const failed = failedItemsOf({ run, facts });
  if (run.status === 'In Process') return SAY.running;
  if (failed > 0) return SAY.items(failed);
  if (run.status === 'Success') return SAY.good;
  if (facts.askedPerson) return SAY.asked;
  if (facts.runAs.hindrance !== null || facts.runAs.missing.length > 0) return SAY.rights(facts.runAs.user);
  return facts.failedBeforeStart === true ? SAY.before : SAY.retried;
}

function EntryStep({ known }: StepProps) {
  const { company, run, facts } = known;
  const { entry, explanation } = useEntryOf(known);
  const { entry: WORDS } = STEPS;
  if (!facts.entryExists || entry === undefined) {
    const isGone = !facts.entryExists;
    return <Step title={WORDS.title} verdict="note" says={isGone ? WORDS.gone : ''} />;
  }
  const isBad = entry.status === 'Error' || entry.runAsGone;
  const rows: Rows = [
    [WORDS.status, <Status key="s" of={entry.status} />],
    [WORDS.earliest, <Time key="t" at={entry.earliestStart} />],
    [WORDS.object, entry.object],
    [WORDS.parameter, entry.parameterString],
    [WORDS.recurrence, entry.schedule],
    [
      WORDS.attempts,
      entry.maximumAttempts === 0 ? WORDS.oneAttempt : `${entry.attempts} / ${entry.maximumAttempts}`,
    ],
    [WORDS.category, entry.category],
  ];
  return (
    <Step
      title={WORDS.title}
      verdict={isBad ? 'found' : 'fine'}
      says={entry.status === 'Error' ? WORDS.error : (explanation?.sentence ?? '')}
    >
      <FactList rows={rows} />
      <Link to={`${ENTRIES_PATH}/${run.entryId}` as never} search={{ company } as never}>
        {WORDS.open}
      </Link>
    </Step>
  );
}

function LogStep({ known: { run, facts } }: StepProps) {
  const { log: WORDS } = STEPS;
  const isOpen = run.status === 'In Process';
  const isGood = run.status === 'Success';
  const before = facts.failedBeforeStart;
  const says = isOpen
    ? WORDS.running
    : isGood
      ? WORDS.good
      : before === null
        ? (run.note ?? WORDS.unknown)
        : before
          ? WORDS.before
          : WORDS.during;
  const rows: Rows = [
    [WORDS.last, run.error?.message ?? WORDS.none],
    [WORDS.when, <Time key="t" at={run.startedAt} />],
    [WORDS.took, run.durationMs === null ? null : durationText(run.durationMs)],
    [WORDS.phase, run.phase],
  ];
  return (
    <Step title={WORDS.title} verdict={isGood || isOpen ? 'fine' : 'found'} says={says}>
      <FactList rows={rows} />
    </Step>
  );
}

function RightsStep({ known }: StepProps) {
  const { company, run } = known;
  const { user, hindrance, missing } = known.facts.runAs;
  const { entry } = useEntryOf(known);
  const { rights: WORDS } = STEPS;
  const isBad = hindrance !== null || missing.length > 0;
  const says = hindrance ?? (missing.length > 0 ? WORDS.missing(user, missing.length) : WORDS.fine(user));
  const rows: Rows = [
    [WORDS.who, user],
    [WORDS.when, entry?.lastReadyState == null ? null : <Time key="t" at={entry.lastReadyState} />],
  ];
  return (
    <Step title={WORDS.title} verdict={isBad ? 'found' : 'fine'} says={says}>
      <FactList rows={rows} />
      {missing.length > 0 && (
        <ul className={classes.missing}>
          {missing.map(({ kind, name, right, sets }) => (
            <li key={`${kind} ${name} ${right}`}>
              <b>{right}</b> {`${kind} ${name}`}
              {sets.length > 0 && <small>{`${WORDS.from} ${sets.join(', ')}`}</small>}
            </li>
          ))}
        </ul>
      )}
      <p className={classes.quiet}>{WORDS.rest}</p>
      <RightsLink company={company} user={user} codeunit={run.object} />
    </Step>
  );
}

function DialogStep({ known: { facts } }: StepProps) {
  const { dialogs: WORDS } = STEPS;
  return (
    <Step
      title={WORDS.title}
      verdict={facts.askedPerson ? 'found' : 'fine'}
      says={facts.askedPerson ? WORDS.asked : WORDS.none}
    />
  );
}

function TelemetryStep({ known: { run, facts } }: StepProps) {
  const { telemetry: WORDS } = STEPS;
  return (
    <Step title={WORDS.title} verdict="note" says={WORDS.text}>
      <Moments moments={facts.moments} />
      {run.correlationId !== null && (
        <p>
          {WORDS.correlation} <code>{run.correlationId}</code>
        </p>
      )}
    </Step>
  );
}

function EventStep({ known: { company, facts } }: StepProps) {
  const { events: WORDS } = STEPS;
  const { sessionEvents, sessionUniqueId } = facts;
  const bad = sessionEvents.find(({ type }) => BAD_EVENTS.has(type));
  const says = sessionEvents.length === 0 ? WORDS.none : WORDS.some(sessionEvents.length);
  return (
    <Step
      title={WORDS.title}
      verdict={bad === undefined ? 'note' : 'found'}
      says={bad === undefined ? says : WORDS.bad(bad.type)}
    >
      {sessionEvents.length > 0 && <EventTable events={sessionEvents} />}
      <p className={classes.quiet}>
        <EventsLink company={company} uniqueId={sessionUniqueId} label={WORDS.all} /> · {WORDS.hint}
      </p>
    </Step>
  );
}

function ForegroundStep({ known: { company, run } }: StepProps) {
  const { foreground: WORDS } = STEPS;
  const action = run.allowedActions?.find(({ name }) => name === 'runOnce');
  return (
    <Step title={WORDS.title} verdict="note" says={WORDS.text}>
      {action?.allowed !== false ? (
        <div>
          <Button
            leftSection={<IconMonitor size={14} />}
            onClick={() => void runBeforeMe({ ...run, company })}
          >
            {WORDS.button}
          </Button>
        </div>
      ) : (
        <p className={classes.quiet}>{action?.reason}</p>
      )}
    </Step>
  );
}

type Rows = readonly (readonly [label: string, value: ReactNode])[];

/** Labels and values; what is empty is left out. */
function FactList({ rows }: { readonly rows: Rows }) {
  return (
    <dl className={classes.grid}>
      {rows.map(([label, value]) =>
        value === null || value === '' ? null : (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
