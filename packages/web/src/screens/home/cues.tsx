import { ActionIcon, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useScope } from '../../app/scope.ts';
import type { Search } from '../../app/url.ts';
import { Fault } from '../../ui/fault.tsx';
import { numberText } from '../../ui/format.ts';
import { IconCheckCircle, IconError, IconSettings, IconWarning } from '../../ui/icons.ts';
import { CUES, type CueName, useCues } from './cue-data.ts';
import { CueSetUp } from './cue-set-up.tsx';
import classes from './home.module.css';
import { TEXTS } from './texts.ts';
import { type CueTone, toneOf, useThresholds } from './thresholds.ts';

/** Where each cue leads: to the rows that it counts. */
const LEADS: Readonly<Record<CueName, { readonly path: string; readonly search?: Search }>> = {
  failed: { path: '/job-queue-entries', search: { status: 'Error', sort: '-statusSince' } },
  inProcess: { path: '/job-queue-entries', search: { status: 'In Process' } },
  inQueue: { path: '/job-queue-entries', search: { status: 'Ready,Waiting', sort: 'earliestStart' } },
  overdue: { path: '/health', search: { part: 'watch' } },
  waitingForApproval: { path: '/approvals', search: { status: 'Open' } },
  failedItems: { path: '/failed-work', search: { of: 'items' } },
};

const TONE_ICONS: Readonly<Record<CueTone, ComponentType<{ size?: number | string }> | null>> = {
  good: IconCheckCircle,
  wait: IconWarning,
  bad: IconError,
  none: null,
};

/** The numbers of a role centre. */
export function Cues({ companies }: { readonly companies: readonly string[] }) {
  const { data, error, refetch } = useCues(companies);
  const { home } = useScope();
  const thresholds = useThresholds(home);
  const [isSetUp, { open, close }] = useDisclosure(false);
  if (data === undefined && error !== null) return <Fault error={error} retry={() => void refetch()} />;
  // Whoever may not see work items has no cue of them.
  const shown = CUES.filter((name) => data === undefined || data.counts[name] !== undefined);
  return (
    <section aria-label={TEXTS.cues} className={classes.cues} aria-busy={data === undefined}>
      {shown.map((name) => (
        <Cue
          key={name}
          name={name}
          count={data?.counts[name]}
          tone={toneOf(data?.counts[name] ?? 0, thresholds?.effective[name])}
        />
      ))}
      <div className={classes.cueTools}>
        <Tooltip label={TEXTS.setUp}>
          <ActionIcon aria-label={TEXTS.setUp} onClick={open}>
            <IconSettings size={15} />
          </ActionIcon>
        </Tooltip>
        {data !== undefined && (
          <Tooltip label={data.by === 'task' ? TEXTS.counted : TEXTS.asked}>
            <span
              className={classes.by}
              data-by={data.by}
              role="img"
              aria-label={data.by === 'task' ? TEXTS.counted : TEXTS.asked}
            />
          </Tooltip>
        )}
      </div>
      {isSetUp && thresholds !== undefined && (
        <CueSetUp company={home} whom="own" view={thresholds} onClose={close} />
      )}
    </section>
  );
}

function Cue({
  name,
  count,
  tone,
}: {
  readonly name: CueName;
  readonly count: number | undefined;
  readonly tone: CueTone;
}) {
  const { path, search = {} } = LEADS[name];
  const Icon = TONE_ICONS[tone];
  return (
    <Link
      to={path as never}
      search={{ ...search } as never}
      className={classes.cue}
      data-tone={count === undefined ? 'none' : tone}
    >
      <span className={classes.cueName}>{TEXTS.cue[name]}</span>
      <strong className={classes.cueCount}>{count === undefined ? '·' : numberText(count)}</strong>
      <span className={classes.cueTone}>
        {count !== undefined && Icon !== null && <Icon size={13} aria-hidden />}
        {count === undefined ? '' : TEXTS.tone[tone]}
      </span>
    </Link>
  );
}
