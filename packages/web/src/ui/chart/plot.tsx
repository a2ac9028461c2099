import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { LANGUAGE } from '../language.ts';
import 'uplot/dist/uPlot.min.css';
import classes from './chart.module.css';

/** One line, or one part of all bars. */
export interface Series {
  readonly label: string;
  /** The name of a colour of the house, such as `good`. */
  readonly tone: 'accent' | 'good' | 'bad';
  /** One for each time; null: there is none. */
  readonly values: readonly (number | null)[];
  readonly text: (value: number) => string;
}

export interface PlotProps {
  readonly kind: 'line' | 'bars';
  /** Seconds since 1970, rising. */
  readonly times: readonly number[];
  /** Bars stand on each other, the first at the bottom. */
  readonly series: readonly Series[];
  readonly zone: string;
}

const HEIGHT = 150;
const AXIS_WIDTH = 56;

/** Draws numbers over time on a canvas, which readers do not see: whoever shows it says the same in words. */
export function Plot(props: PlotProps) {
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme('light');
  const names = props.series.map(({ label }) => label).join();
  // Colours, names and width are drawn, so it is drawn anew for others.
  const looks = [scheme, width, props.kind, props.zone, names].join(' ');
  return (
    <div ref={ref} className={classes.canvas} aria-hidden>
      {width > 0 && <Canvas key={looks} width={width} {...props} />}
    </div>
  );
}

function Canvas({ width, ...props }: PlotProps & { readonly width: number }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const first = useRef({ props, width });
  useEffect(() => {
    if (host.current === null) return undefined;
    const { props: drawn, width: wide } = first.current;
    const made = new UPlot(optionsOf(drawn, wide), dataOf(drawn), host.current);
    plot.current = made;
    return () => made.destroy();
  }, []);
  const { kind, times, series } = props;
  useEffect(() => plot.current?.setData(dataOf({ kind, times, series })), [kind, times, series]);
  return <div ref={host} />;
}

/** Bars are drawn from the highest sum down, each over the one before. */
function dataOf({ kind, times, series }: Omit<PlotProps, 'zone'>): UPlot.AlignedData {
  if (kind === 'line') return [[...times], ...series.map(({ values }) => [...values])];
  const sums: number[][] = [];
  for (const { values } of series) {
    const below = sums.at(-1);
    sums.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return [[...times], ...sums.toReversed()];
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function optionsOf({ kind, series, zone }: PlotProps, width: number): UPlot.Options {
  const axis = {
    stroke: colour('--ns-muted'),
    grid: { stroke: colour('--ns-line'), width: 1 },
    ticks: { stroke: colour('--ns-line'), width: 1 },
    font: '11px system-ui, sans-serif',
  };
  const drawn = kind === 'bars' ? series.toReversed() : series;
  const text = series[0]?.text ?? String;
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    tzDate: (at) => UPlot.tzDate(new Date(at * 1_000), zone),
    scales: {
      x: { range: (_, min, max) => rangeOf(kind, min, max) },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, space: 64, values: (_, splits) => splits.map((at) => timeText(at, zone, splits)) },
      { ...axis, size: AXIS_WIDTH, space: 34, values: (_, splits) => splits.map((value) => text(value)) },
    ],
    series: [{}, ...drawn.map((each) => looksOf(kind, each))],
  };
}

const MINUTE = 60;
const HALF_BAR = 0.5 * 3_600;

/** Bars are shown whole, and of a line at least a minute. */
function rangeOf(kind: PlotProps['kind'], min: number, max: number): [number, number] {
  if (kind === 'bars') return [min - HALF_BAR, max + HALF_BAR];
  return [Math.min(min, max - MINUTE), max];
}

const DAY = 86_400;

/** The time of day; the date where the axis has room for days only. */
function timeText(at: number, zone: string, splits: readonly number[]): string {
  const isLong = (splits.at(-1) ?? at) - (splits[0] ?? at) > 2 * DAY;
  const shown = isLong
    ? ({ day: 'numeric', month: 'short' } as const)
    : ({ hour: '2-digit', minute: '2-digit' } as const);
  return new Intl.DateTimeFormat(LANGUAGE, { timeZone: zone, ...shown }).format(at * 1_000);
}

function looksOf(kind: PlotProps['kind'], { label, tone }: Series): UPlot.Series {
  const stroke = colour(`--ns-${tone}`);
  if (kind === 'line')
    return { label, stroke, width: 1.5, fill: colour('--ns-accent-soft'), points: { show: false } };
  const bars = UPlot.paths.bars?.({ size: [0.7, 40] });
  return {
    label,
    stroke,
    fill: stroke,
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  };
}
