import { Tooltip } from '@mantine/core';
import { useZone } from '../app/zone.ts';
import { fullInstantText, instantText, relativeText } from './format.ts';
import { nowMs, useNow } from './now.ts';
import classes from './time.module.css';

/** What a time is shown with. */
interface TimeProps {
  /** RFC 3339; null shows `none`. */
  readonly at: string | null;
  /** The zone of the schedule that it belongs to. */
  readonly zone?: string | null;
  /** `relative`: "in 5 min."; `absolute`: the date; `both`. Default: both. */
  readonly show?: 'relative' | 'absolute' | 'both';
  readonly none?: string;
}

/** An instant in the zone that was chosen, in full with its zone on hover and on focus. */
export function Time({ at, zone = null, show = 'both', none = '–' }: TimeProps) {
  const zones = useZone();
  const now = Math.max(useNow(), nowMs());
  if (at === null) return <span className={classes.none}>{none}</span>;
  const name = zones.of(zone);
  const full = fullInstantText(at, name);
  const relative = relativeText(at, now);
  const absolute = instantText(at, name);
  return (
    <Tooltip
      label={name === 'UTC' ? full : `${full}\n${fullInstantText(at, 'UTC')}`}
      classNames={{ tooltip: classes.tip ?? '' }}
    >
      <time dateTime={at} className={classes.time}>
        {show === 'relative' ? relative : absolute}
        {show === 'both' && <span className={classes.relative}>{relative}</span>}
      </time>
    </Tooltip>
  );
}
