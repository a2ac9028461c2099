import type { NeighbouringRun, RunMoment } from '@nightshift/client/api';
import { useZone } from '../../app/zone.ts';
import { Section } from '../../ui/card/card.tsx';
import { clockText, durationText, fullInstantText, instantText } from '../../ui/format.ts';
import classes from './log-entries.module.css';
import { RunTable } from './run-table.tsx';
import { TEXTS } from './texts.ts';
import type { RunKnown } from './use-run.ts';

const { course: WORDS } = TEXTS;

/** A stretch of time in the life of an entry. */
interface Phase {
  readonly kind: 'queued' | 'waiting' | 'running' | 'retry';
  readonly no: number;
  readonly status: string;
  readonly ms: number;
  readonly from: string;
}

/** When it was queued, waited, ran, and was run again. */
export function CourseTab({ known: { company, run, facts } }: { readonly known: RunKnown }) {
  if (facts === undefined) return null;
  return (
    <>
      <Section title={WORDS.timeline}>
        <Course attempts={facts.attempts} moments={facts.moments} present={run.no} />
        <Moments moments={facts.moments} />
      </Section>
      <Section title={WORDS.attempts}>
        <RunTable company={company} runs={facts.attempts} present={run.no} />
      </Section>
    </>
  );
}

/** Moments beneath each other. */
export function Moments({ moments }: { readonly moments: readonly RunMoment[] }) {
  const zone = useZone().of();
  return (
    <ol className={classes.moments}>
      {moments.map(({ at, kind, text }) => (
        <li key={`${at} ${kind}`} data-kind={kind}>
          <time dateTime={at} title={fullInstantText(at, zone)}>
            {`${instantText(at, zone).replace(/,?\s*\d{2}:\d{2}$/, '')} ${clockText(at, zone)}`}
          </time>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  );
}

function Course({
  attempts,
  moments,
  present,
}: {
  readonly attempts: readonly NeighbouringRun[];
  readonly moments: readonly RunMoment[];
  readonly present: number;
}) {
  const zone = useZone().of();
  const phases = attempts.flatMap((run, index) => phasesOf(run, attempts[index + 1], moments));
  return (
    <ol className={classes.course} aria-label={WORDS.timeline}>
      {phases.map(({ kind, no, status, ms, from }) => {
        const words = WORDS.bar(WORDS.phases[kind], durationText(ms));
        return (
          <li
            key={`${no} ${kind}`}
            data-kind={kind}
            data-good={status === 'Success'}
            data-open={status === 'In Process'}
            data-present={no === present}
            // Some wait hours and run for a moment: each stays to be seen.
            style={{ flexGrow: Math.log2(2 + ms) }}
            title={`${no}: ${words}, ${clockText(from, zone)}`}
          >
            <span>{words}</span>
          </li>
        );
      })}
    </ol>
  );
}

function phasesOf(
  run: NeighbouringRun,
  next: NeighbouringRun | undefined,
  moments: readonly RunMoment[],
): readonly Phase[] {
  const { no, status, plannedAt, startedAt, endedAt } = run;
  const phase = (kind: Phase['kind'], from: string, to: string | null): readonly Phase[] => {
    const ms = Date.parse(to ?? new Date().toISOString()) - Date.parse(from);
    return ms < 0 ? [] : [{ kind, no, status, ms, from }];
  };
  const queuedAt = run.attempt === 0 ? moments.find(({ kind }) => kind === 'queued')?.at : undefined;
  return [
    ...(queuedAt === undefined || plannedAt === null ? [] : phase('queued', queuedAt, plannedAt)),
    ...(plannedAt === null ? [] : phase('waiting', plannedAt, startedAt)),
    ...phase('running', startedAt, endedAt),
    ...(endedAt === null || next === undefined ? [] : phase('retry', endedAt, next.startedAt)),
  ];
}
