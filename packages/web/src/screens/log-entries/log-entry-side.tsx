import { help } from 'virtual:help/JobQueueLogEntry';
import { Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Section } from '../../ui/card/card.tsx';
import { durationText, numberText } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';
import { ENTRIES_PATH } from '../entries/paths.ts';
import { RunDocuments } from '../report-inbox/run-documents.tsx';
import classes from './log-entries.module.css';
import { TEXTS } from './texts.ts';
import { type RunKnown, useEntryOf } from './use-run.ts';

const { facts: FACTS } = TEXTS;

/** Beside a run: when, how long, as whom, where. */
export function LogEntrySide({ known }: { readonly known: RunKnown }) {
  const { run, company, facts, told } = known;
  const { entry } = useEntryOf(known);
  const entryName = `${run.entryNo} · ${run.description || run.object}`;
  const rows: readonly (readonly [label: string, help: string | undefined, value: ReactNode])[] = [
    [
      FACTS.entry,
      help['entryNo'],
      facts?.entryExists === false ? (
        entryName
      ) : (
        <Link key="e" to={`${ENTRIES_PATH}/${run.entryId}` as never} search={{ company } as never}>
          {entryName}
        </Link>
      ),
    ],
    [FACTS.started, help['startedAt'], <Time key="t" at={run.startedAt} />],
    [FACTS.duration, help['durationMs'], run.durationMs === null ? null : durationText(run.durationMs)],
    [FACTS.waited, help['waitMs'], run.waitMs === null ? null : durationText(run.waitMs)],
    [
      FACTS.attempt,
      help['attempt'],
      entry === undefined
        ? run.attempt + 1
        : FACTS.attemptOf(run.attempt, Math.max(run.attempt, entry.maximumAttempts)),
    ],
    [FACTS.user, help['user'], run.user],
    [FACTS.trigger, help['trigger'], TEXTS.triggers[run.trigger] ?? run.trigger],
    [FACTS.session, help['sessionId'], run.sessionId],
    [FACTS.instance, help['instanceName'], run.instanceName],
    [FACTS.version, help['codeunitVersion'], run.codeunitVersion],
  ];
  return (
    <>
      {facts !== undefined && <RunDocuments company={company} sessionUniqueId={facts.sessionUniqueId} />}
      <Section title={FACTS.title}>
        {told.progress !== null && run.status === 'In Process' && <RunProgress progress={told.progress} />}
        <dl className={classes.facts}>
          {rows.map(([label, sentence, value]) =>
            value === null || value === '' ? null : (
              <div key={label} title={sentence}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ),
          )}
        </dl>
      </Section>
    </>
  );
}

function RunProgress({ progress }: { readonly progress: NonNullable<RunKnown['run']['progress']> }) {
  const { done, total, text } = progress;
  return (
    <div className={classes.progress}>
      <span>{text || FACTS.progress}</span>
      <small>{total === null ? numberText(done) : `${numberText(done)} / ${numberText(total)}`}</small>
      {total !== null && total > 0 && <Progress value={(100 * done) / total} aria-label={FACTS.progress} />}
    </div>
  );
}
