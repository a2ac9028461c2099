import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { compactAmount } from './figures.ts';

/** A row of values, one a month; null: none. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** The name of a colour in the style sheet. */
  readonly colour: '--plot' | '--plot-quiet';
  readonly as: 'bars' | 'line';
}

interface MonthPlotProps {
  readonly months: readonly string[];
  readonly series: readonly Series[];
  /** For those who do not see it. */
  readonly label: string;
  /** The month that somebody points at; null: none. */
  readonly onPoint: (month: number | null) => void;
}

const HEIGHT = 150;
const FONT = '11px system-ui, sans-serif';

/** Months as bars or lines. The drawing is made anew with other values, another width, and in the dark. */
export function MonthPlot({ months, series, label, onPoint }: MonthPlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const point = useRef(onPoint);
  useEffect(() => {
    point.current = onPoint;
  });
  // By what they say: the lists are made anew with every look at the result.
  const drawn = JSON.stringify([months, series]);
  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const [names, rows] = JSON.parse(drawn) as [string[], Series[]];
    let plot: uPlot | null = null;
    const draw = () => {
      plot?.destroy();
      const options = optionsOf(names, rows, (month) => point.current(month));
      plot = new uPlot(
        { ...options, width: current.clientWidth, height: HEIGHT },
        dataOf(names, rows),
        current,
      );
    };
    const size = new ResizeObserver(() => plot?.setSize({ width: current.clientWidth, height: HEIGHT }));
    const dark = matchMedia('(prefers-color-scheme: dark)');
    draw();
    size.observe(current);
    dark.addEventListener('change', draw);
    return () => {
      size.disconnect();
      dark.removeEventListener('change', draw);
      plot?.destroy();
    };
  }, [drawn]);
  return <div className="plot" role="img" aria-label={label} ref={place} />;
}

function dataOf(names: readonly string[], rows: readonly Series[]): uPlot.AlignedData {
  return [names.map((_, at) => at), ...rows.map(({ values }) => [...values])];
}

function optionsOf(
  names: readonly string[],
  rows: readonly Series[],
  onPoint: (month: number | null) => void,
): Omit<uPlot.Options, 'width' | 'height'> {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const quiet = { stroke: colour('--quiet'), font: FONT, ticks: { show: false } };
  return {
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: [-0.6, names.length - 0.4] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 1) * 1.08)] },
    },
    axes: [
      {
        ...quiet,
        size: 24,
        gap: 4,
        grid: { show: false },
        splits: () => names.map((_, at) => at),
        values: (plot, splits) =>
          splits.map((at) => (plot.width > 360 || at % 2 === 1 ? (names[at] ?? '') : '')),
      },
      {
        ...quiet,
        size: 44,
        gap: 6,
        space: 36,
        grid: { stroke: colour('--line'), width: 1 },
        values: (_, splits) => splits.map(compactAmount),
      },
    ],
    series: [{}, ...rows.map((row) => seriesOf(row, colour(row.colour)))],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

function seriesOf({ name, as }: Series, stroke: string): uPlot.Series {
  if (as === 'line') return { label: name, stroke, width: 2, spanGaps: true, points: { show: false } };
  const paths = uPlot.paths.bars?.({ size: [0.62, 34], radius: 0.15 });
  return {
    label: name,
    fill: stroke,
    width: 0,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  };
}
