import { VisuallyHidden } from '@mantine/core';
import type { RightsExplanation } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import { Fault } from '../../ui/fault.tsx';
import { IconCheckCircle, IconError, IconInfo } from '../../ui/icons.ts';
import { SETS_PATH } from '../permission-sets/paths.ts';
import { USERS_PATH } from '../users/paths.ts';
import classes from './rights.module.css';
import { TEXTS } from './texts.ts';

type Step = RightsExplanation['steps'][number];

const GROUPS: readonly (readonly [title: string, about: readonly Step['about'][]])[] = [
  [TEXTS.groups.who, ['user', 'company']],
  [TEXTS.groups.codeunit, ['codeunit', 'report']],
  [TEXTS.groups.tables, ['table']],
  [TEXTS.groups.schedule, ['schedule', 'job queue']],
];
const ICONS = { yes: IconCheckCircle, no: IconError, note: IconInfo } as const;
/** So many sets are named that would give what is missing; whoever wants all of them looks at the sets. */
const SETS_SHOWN = 4;

/** What a user may with a codeunit: the answer first, then how it follows from his permission sets. */
export function RightsAnswer({
  company,
  user,
  codeunit,
}: {
  readonly company: string;
  readonly user: string;
  readonly codeunit: string;
}) {
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('users', company, 'rights', user, codeunit),
    queryFn: ({ signal }) =>
      api.call('users.rights', { params: { company, user }, query: { codeunit }, signal }),
  });
  if (data === undefined) return error === null ? null : <Fault error={error} retry={() => void refetch()} />;
  return (
    <div className={classes.answer}>
      <section className={classes.verdict} data-good={data.maySchedule} aria-label={TEXTS.title}>
        <p role="status">{data.verdict}</p>
        <dl>
          <May label={TEXTS.run} may={data.mayRun} />
          <May label={TEXTS.schedule} may={data.maySchedule} />
        </dl>
        {data.hasDrift && <p className={classes.drift}>{TEXTS.drift}</p>}
      </section>
      {GROUPS.map(([title, about]) => {
        const steps = data.steps.filter((step) => about.includes(step.about));
        return (
          steps.length > 0 && (
            <Section key={title} title={title}>
              <ul className={classes.steps}>
                {steps.map((step) => (
                  <StepLine key={step.text} step={step} company={company} />
                ))}
              </ul>
            </Section>
          )
        );
      })}
      <Link
        to={`${USERS_PATH}/${encodeURIComponent(user)}` as never}
        search={{ company, tab: 'sets' } as never}
      >
        {TEXTS.assign(user)}
      </Link>
    </div>
  );
}

function May({ label, may }: { readonly label: string; readonly may: boolean }) {
  const Icon = may ? IconCheckCircle : IconError;
  return (
    <div data-may={may}>
      <dt>{label}</dt>
      <dd>
        <Icon size={15} aria-hidden />
        {may ? TEXTS.yes : TEXTS.no}
      </dd>
    </div>
  );
}

function StepLine({ step, company }: { readonly step: Step; readonly company: string }) {
  const Icon = ICONS[step.result];
  const shown = step.sets.slice(0, SETS_SHOWN);
  return (
    <li data-result={step.result}>
      <Icon size={16} aria-hidden />
      <div>
        <VisuallyHidden>{TEXTS.results[step.result]}: </VisuallyHidden>
        {step.text}
        {step.because.length > 0 && step.sets.length === 0 && (
          <ul className={classes.because}>
            {step.because.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        {shown.length > 0 && (
          <p className={classes.sets}>
            {TEXTS.sets}
            {shown.map((name) => (
              <Link
                key={name}
                to={`${SETS_PATH}/${encodeURIComponent(name)}` as never}
                search={{ company } as never}
              >
                {name}
              </Link>
            ))}
            {step.sets.length > shown.length && <span>{TEXTS.more(step.sets.length - shown.length)}</span>}
          </p>
        )}
      </div>
    </li>
  );
}
