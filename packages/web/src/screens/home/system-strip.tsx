import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { healthQuery } from '../../data/health.ts';
import { durationText } from '../../ui/format.ts';
import { IconCheckCircle, IconError, IconWarning } from '../../ui/icons.ts';
import { Part, Quiet } from '../../ui/part.tsx';
import classes from './home.module.css';
import { TEXTS } from './texts.ts';

const LATE_MS = 60_000;

/** How the engine stands, in a few words. */
export function SystemStrip() {
  const { data, error } = useQuery(healthQuery);
  const more = { label: TEXTS.health, path: '/health' };
  if (data === undefined)
    return (
      <Part title={TEXTS.system} more={more}>
        {error !== null && <Quiet>{TEXTS.systemNone}</Quiet>}
      </Part>
    );
  const { instances, queue, unapproved, database, environment } = data;
  const running = instances.filter(({ state }) => state === 'running').length;
  // One that is set up to run no tasks, as the one that only serves this page may be, is no reason to worry.
  const meant = instances.filter(({ state }) => state !== 'idle').length;
  const isHeld = unapproved !== null || instances.some(({ state }) => state === 'held');
  const lag = queue.lagMs ?? 0;
  return (
    <Part title={TEXTS.system} more={more}>
      <dl className={classes.system}>
        <Fact label={TEXTS.instances} tone={running === 0 ? 'bad' : running < meant ? 'wait' : 'good'}>
          {running === 0 ? TEXTS.noInstance : TEXTS.running(running, meant)}
        </Fact>
        <Fact label={TEXTS.lag} tone={lag > LATE_MS ? 'wait' : 'good'}>
          {queue.due === 0 ? TEXTS.noLag : TEXTS.lagOf(durationText(lag), queue.due)}
        </Fact>
        <Fact label={TEXTS.held} tone={isHeld ? 'bad' : 'good'}>
          {isHeld ? TEXTS.isHeld : TEXTS.notHeld}
        </Fact>
        <Fact label={TEXTS.planned}>{TEXTS.plannedTasks(queue.planned)}</Fact>
        <Fact label={TEXTS.database}>
          {environment === null ? '' : `${environment}, `}PostgreSQL {database.version.split(' ')[0]}
        </Fact>
      </dl>
    </Part>
  );
}

const ICONS = { good: IconCheckCircle, wait: IconWarning, bad: IconError };

function Fact({
  label,
  tone,
  children,
}: {
  readonly label: string;
  readonly tone?: 'good' | 'wait' | 'bad';
  readonly children: ReactNode;
}) {
  const Icon = tone === undefined ? null : ICONS[tone];
  return (
    <div>
      <dt>{label}</dt>
      <dd data-tone={tone}>
        {Icon !== null && <Icon size={13} aria-hidden />}
        <span>{children}</span>
      </dd>
    </div>
  );
}
