import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useGo } from '../../app/url.ts';
import { useZone } from '../../app/zone.ts';
import { durationText, instantText } from '../../ui/format.ts';
import { LANGUAGE } from '../../ui/language.ts';
import type { Bar } from './bars.ts';
import { LANE, layOut, type Placed, ticks } from './layout.ts';
import type { Range } from './range.ts';
import { TEXTS } from './texts.ts';
import classes from './timeline.module.css';

const AXIS = 26;
const WIDTH_MIN = 200;
const LAST = [TEXTS.noCategory, TEXTS.noInstance];
const TICK_WIDTH = 84;
const BAR_INSET = 2;

/** What a bar is called: which run, how it stands, when, how long. */
function nameOf({ name, state, startMs, durationMs }: Bar, zone: string): string {
  const when = instantText(new Date(startMs).toISOString(), zone);
  return TEXTS.bar(name, state, when, durationMs === null ? '' : durationText(durationMs));
}

/** Bars in rows over time. Each can be reached with the arrow keys and leads to its run, or to its entry. */
export function Gantt({
  bars,
  range,
  label,
}: {
  readonly bars: readonly Bar[];
  readonly range: Range;
  readonly label: string;
}) {
  const { ref, width } = useElementSize();
  const zone = useZone().of();
  const laid = layOut(bars, { ...range, width: Math.max(WIDTH_MIN, width), last: LAST });
  return (
    <div className={classes.gantt}>
      <div className={classes.names} style={{ paddingTop: AXIS }} aria-hidden>
        {laid.rows.map(({ name, height }) => (
          <span key={name} style={{ height }} title={name}>
            {name}
          </span>
        ))}
      </div>
      <div className={classes.canvas} ref={ref}>
        {width > 0 && <Drawing {...laid} range={range} width={width} zone={zone} label={label} />}
      </div>
    </div>
  );
}

function Drawing({
  rows,
  bars,
  height,
  range,
  width,
  zone,
  label,
}: ReturnType<typeof layOut> & {
  readonly range: Range;
  readonly width: number;
  readonly zone: string;
  readonly label: string;
}) {
  const { fromMs, toMs, nowMs } = range;
  const xOf = (ms: number) => ((ms - fromMs) / (toMs - fromMs)) * width;
  const box = useRef<SVGSVGElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const go = useGo();
  const order = bars;
  const first = order.some(({ key }) => key === focused) ? focused : (order[0]?.key ?? null);
  const focus = (bar: Placed | undefined) => {
    if (bar === undefined) return;
    setFocused(bar.key);
    box.current?.querySelector<SVGAElement>(`[data-key="${CSS.escape(bar.key)}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent, bar: Placed) => {
    const next = neighbour(order, bar, event.key);
    if (event.key === 'Enter' || event.key === ' ') go(bar.path, { company: bar.company });
    else if (next === null) return;
    else focus(next);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <svg ref={box} width={width} height={height + AXIS} aria-label={label} className={classes.svg}>
      {rows.map(({ name, y, height: tall }, index) => (
        <rect
          key={name}
          x={0}
          y={y + AXIS}
          width={width}
          height={tall}
          className={index % 2 === 0 ? classes.even : classes.odd}
        />
      ))}
      {ticks(fromMs, toMs, { zone, most: Math.max(2, Math.floor(width / TICK_WIDTH)) }).map((at) => (
        <g key={at} aria-hidden>
          <line x1={xOf(at)} x2={xOf(at)} y1={AXIS - 6} y2={height + AXIS} className={classes.tick} />
          <text x={xOf(at) + 4} y={AXIS - 10} className={classes.tickName}>
            {tickText(at, zone)}
          </text>
        </g>
      ))}
      {nowMs >= fromMs && nowMs <= toMs && (
        <line x1={xOf(nowMs)} x2={xOf(nowMs)} y1={0} y2={height + AXIS} className={classes.now} />
      )}
      {order.map((bar) => (
        <a
          key={bar.key}
          data-key={bar.key}
          href={`${bar.path}?company=${encodeURIComponent(bar.company)}`}
          tabIndex={bar.key === first ? 0 : -1}
          aria-label={nameOf(bar, zone)}
          onFocus={() => setFocused(bar.key)}
          onKeyDown={(event) => onKey(event, bar)}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            go(bar.path, { company: bar.company });
          }}
        >
          <title>{nameOf(bar, zone)}</title>
          <rect
            x={bar.x}
            y={bar.y + AXIS + BAR_INSET}
            width={bar.width}
            height={LANE - 2 * BAR_INSET}
            rx={3}
            className={classes.bar}
            data-tone={bar.tone}
          />
        </a>
      ))}
    </svg>
  );
}

/** Where an arrow key leads: along the row, or to what is nearest in time in the next one. Null: another key. */
function neighbour(bars: readonly Placed[], from: Placed, key: string): Placed | undefined | null {
  const row = bars
    .filter((bar) => bar.row === from.row)
    .toSorted((one, other) => one.startMs - other.startMs);
  const at = row.findIndex((bar) => bar.key === from.key);
  if (key === 'ArrowRight') return row[at + 1];
  if (key === 'ArrowLeft') return row[at - 1];
  if (key === 'Home') return row[0];
  if (key === 'End') return row.at(-1);
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return null;
  const names = [...new Set(bars.map((bar) => bar.row))];
  const next = names[names.indexOf(from.row) + (key === 'ArrowDown' ? 1 : -1)];
  return bars
    .filter((bar) => bar.row === next)
    .toSorted(
      (one, other) => Math.abs(one.startMs - from.startMs) - Math.abs(other.startMs - from.startMs),
    )[0];
}

/** The time of day; the date where a day begins. */
function tickText(at: number, zone: string): string {
  const time = new Intl.DateTimeFormat(LANGUAGE, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
  if (!/^(?:00|24):00$/.test(time)) return time;
  return new Intl.DateTimeFormat(LANGUAGE, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  }).format(at);
}
