import { Button } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useUrl } from '../../app/url.ts';
import { useZone } from '../../app/zone.ts';
import { instantText } from '../format.ts';
import { IconActivity, IconTable } from '../icons.ts';
import { Part, Quiet } from '../part.tsx';
import { ScrollBox } from '../scroll-box.tsx';
import classes from './chart.module.css';
import type { PlotProps } from './plot.tsx';

/** Drawing is a chunk of its own: most people never look at a chart. */
const Plot = lazy(async () => ({ default: (await import('./plot.tsx')).Plot }));

const TEXTS = {
  asTable: 'Show as table',
  asChart: 'Show as chart',
  time: 'Time',
  tooFew: 'It is drawn as soon as there are two points.',
};

/** What a chart is made of. */
export interface ChartProps extends Omit<PlotProps, 'zone'> {
  /** Names it in the address. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in one sentence: readers hear it instead of the picture. */
  readonly summary: string;
  /** What is to be known of it besides. */
  readonly note?: string | undefined;
}

/** A chart, and the same as a table. */
export function Chart({ id, title, summary, note, ...plot }: ChartProps) {
  const { search, set } = useUrl();
  const zone = useZone().of();
  const isTable = search['twin'] === id;
  return (
    <Part
      title={title}
      tools={
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={isTable ? <IconActivity size={13} aria-hidden /> : <IconTable size={13} aria-hidden />}
          onClick={() => set({ twin: isTable ? undefined : id })}
        >
          {isTable ? TEXTS.asChart : TEXTS.asTable}
        </Button>
      }
    >
      {isTable ? (
        <Twin title={title} zone={zone} {...plot} />
      ) : (
        <div role="img" aria-label={summary} className={classes.plot}>
          {plot.times.length < 2 ? (
            <span className={classes.few}>{TEXTS.tooFew}</span>
          ) : (
            <Suspense fallback={<span className={classes.few} />}>
              <Plot zone={zone} {...plot} />
            </Suspense>
          )}
        </div>
      )}
      <Quiet>{note === undefined ? summary : `${summary} ${note}`}</Quiet>
    </Part>
  );
}

/** The numbers of a chart, the latest first. */
function Twin({ title, times, series, zone }: PlotProps & { readonly title: string }) {
  return (
    <ScrollBox className={classes.twin} label={title}>
      <table>
        <thead>
          <tr>
            <th>{TEXTS.time}</th>
            {series.map(({ label }) => (
              <th key={label}>{label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, index) => (
              <tr key={time}>
                <th scope="row">{instantText(new Date(time * 1_000).toISOString(), zone)}</th>
                {series.map(({ label, values, text }) => {
                  const value = values[index] ?? null;
                  return <td key={label}>{value === null ? '–' : text(value)}</td>;
                })}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </ScrollBox>
  );
}
