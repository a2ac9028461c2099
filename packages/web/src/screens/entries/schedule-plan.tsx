import { useDebouncedValue } from '@mantine/hooks';
import type { ScheduleWish } from '@nightshift/client/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useZone } from '../../app/zone.ts';
import { type Answer, api, keyOf } from '../../data/api.ts';
import { toldOf } from '../../data/problem.ts';
import { fullInstantText, zonedText } from '../../ui/format.ts';
import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { TEXTS } from './texts.ts';

/** How long somebody has to pause in typing. */
const TYPING_MS = 300;
const RUNS = 5;

/** What a schedule leads to, with whatever is wrong with it. */
interface Plan {
  readonly plan: Answer<'schedules.preview'> | undefined;
  readonly error: unknown;
}

/** Asks the server what a schedule would lead to that somebody is filling in; what was right last stays meanwhile. */
function useSchedulePlan(company: string, wish: ScheduleWish): Plan {
  const [settled] = useDebouncedValue(JSON.stringify(wish), TYPING_MS);
  const { mine } = useZone();
  const last = useRef<Answer<'schedules.preview'>>(undefined);
  const { data, error } = useQuery({
    queryKey: keyOf('schedules', company, settled, mine),
    queryFn: ({ signal }) =>
      api.call('schedules.preview', {
        params: { company },
        body: { ...(JSON.parse(settled) as ScheduleWish), count: RUNS, viewerTimeZone: mine },
        signal,
      }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (data !== undefined) last.current = data;
  return { plan: data ?? last.current, error };
}

/** The next runs as the schedule being filled in would have them. */
export function PlanAsTyped({ company, wish }: { readonly company: string; readonly wish: ScheduleWish }) {
  const { plan, error } = useSchedulePlan(company, wish);
  return (
    <div aria-live="polite" data-stale={error !== null}>
      {error !== null && (
        <p className={classes.fault}>
          <strong>{ENTRY_TEXTS.planFault}</strong> {toldOf(error).text}
        </p>
      )}
      {plan !== undefined && error === null && <PlanView {...plan} />}
    </div>
  );
}

/** A schedule in words, and its next runs by the clocks of its own zone and of whoever looks. */
function PlanView({ sentence, runs, warnings, timeZone }: Answer<'schedules.preview'>) {
  const { mine } = useZone();
  return (
    <>
      <p className={classes.quiet}>{sentence}</p>
      <ol className={classes.runs} aria-label={TEXTS.preview}>
        {runs.map(({ at, note }) => (
          <li key={at}>
            <time dateTime={at} title={fullInstantText(at, timeZone)}>
              {zonedText(at, timeZone)}
            </time>
            {mine !== timeZone && <small>{zonedText(at, mine)}</small>}
            {note !== null && <span className={classes.note}>{note}</span>}
          </li>
        ))}
      </ol>
      <small className={classes.quiet}>
        {runs.length === 0 ? TEXTS.noRuns : TEXTS.inZone(timeZone)}
        {runs.length > 0 && mine !== timeZone && `. ${ENTRY_TEXTS.inYourZone(mine)}.`}
      </small>
      {warnings.length > 0 && (
        <ul className={classes.warnings} aria-label={TEXTS.warnings}>
          {warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </>
  );
}
