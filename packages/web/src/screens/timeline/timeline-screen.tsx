import { Button, SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useShortcuts } from '../../app/keys.ts';
import { useScope } from '../../app/scope.ts';
import { useUrl } from '../../app/url.ts';
import { useZone } from '../../app/zone.ts';
import { useLive } from '../../data/live.ts';
import { Empty } from '../../ui/empty.tsx';
import { Fault } from '../../ui/fault.tsx';
import { durationText, instantText } from '../../ui/format.ts';
import {
  IconChevronLeft,
  IconChevronRight,
  IconGantt,
  IconTable,
  IconZoomIn,
  IconZoomOut,
} from '../../ui/icons.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { type Bar, useBars } from './bars.ts';
import { Gantt } from './gantt.tsx';
import { type By, type Range, SPAN_NAMES, type SpanName, useRange } from './range.ts';
import { TEXTS } from './texts.ts';
import classes from './timeline.module.css';

const STEP = 0.5;
const TONES = ['good', 'busy', 'bad', 'hold', 'planned'] as const;

/** What ran when, and what will. */
export function Screen() {
  useLive('jobQueueEntries', 'jobQueueLogEntries');
  const { companies } = useScope();
  const { search, set } = useUrl();
  const range = useRange();
  const zone = useZone().of();
  const { bars, isLoading, error, notes } = useBars(companies, range);
  const isTable = search['twin'] === 'timeline';
  const planned = bars.filter(({ tone }) => tone === 'planned').length;
  const summary = TEXTS.summary(bars.length - planned, planned);
  useRangeKeys(range);
  return (
    <section className={classes.page} aria-label={TEXTS.title}>
      <PageHead title={TEXTS.title}>
        {TEXTS.lead(
          instantText(new Date(range.fromMs).toISOString(), zone),
          instantText(new Date(range.toMs).toISOString(), zone),
        )}{' '}
        · {zone}
      </PageHead>
      <div className={classes.tools}>
        <RangeTools range={range} />
        <Button
          leftSection={isTable ? <IconGantt size={14} aria-hidden /> : <IconTable size={14} aria-hidden />}
          onClick={() => set({ twin: isTable ? undefined : 'timeline' })}
        >
          {isTable ? TEXTS.asChart : TEXTS.asTable}
        </Button>
      </div>
      {error !== null && <Fault error={error} />}
      {bars.length === 0 && !isLoading && <Empty icon={IconGantt} title={TEXTS.none} />}
      {bars.length > 0 && (
        <div className={classes.shown}>
          {isTable ? (
            <Twin bars={bars} />
          ) : (
            <>
              <Gantt bars={bars} range={range} label={`${TEXTS.chart}. ${summary} ${TEXTS.keys}`} />
              <Legend />
            </>
          )}
        </div>
      )}
      <p className={classes.notes}>{[summary, ...notes].join(' ')}</p>
    </section>
  );
}

function useRangeKeys(range: Range): void {
  const { shortcuts: KEYS } = TEXTS;
  useShortcuts([
    { key: '[', text: KEYS.earlier, run: () => range.move(-STEP) },
    { key: ']', text: KEYS.later, run: () => range.move(STEP) },
    { key: '+', text: KEYS.zoomIn, run: () => range.zoom(-1)?.() },
    { key: '-', text: KEYS.zoomOut, run: () => range.zoom(1)?.() },
    { key: '0', text: KEYS.now, run: range.toNow },
  ]);
}

function RangeTools({ range }: { readonly range: Range }) {
  const nearer = range.zoom(-1);
  const farther = range.zoom(1);
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={TEXTS.by}
        value={range.by}
        onChange={(value) => range.setBy(value as By)}
        data={Object.entries(TEXTS.bys).map(([value, label]) => ({ value, label }))}
      />
      <SegmentedControl
        size="xs"
        aria-label={TEXTS.span}
        value={range.span}
        onChange={(value) => range.setSpan(value as SpanName)}
        data={SPAN_NAMES.map((value) => ({ value, label: TEXTS.spans[value] }))}
      />
      <div className={classes.steps}>
        <Button onClick={() => range.move(-STEP)} aria-label={TEXTS.earlier} px={8}>
          <IconChevronLeft size={14} />
        </Button>
        <Button onClick={range.toNow} disabled={range.isNow}>
          {TEXTS.now}
        </Button>
        <Button onClick={() => range.move(STEP)} aria-label={TEXTS.later} px={8}>
          <IconChevronRight size={14} />
        </Button>
        <Button onClick={() => nearer?.()} disabled={nearer === null} aria-label={TEXTS.zoomIn} px={8}>
          <IconZoomIn size={14} />
        </Button>
        <Button onClick={() => farther?.()} disabled={farther === null} aria-label={TEXTS.zoomOut} px={8}>
          <IconZoomOut size={14} />
        </Button>
      </div>
      <span className={classes.spacer} />
    </>
  );
}

function Legend() {
  return (
    <ul className={classes.legend}>
      {TONES.map((tone) => (
        <li key={tone}>
          <svg width={18} height={12} aria-hidden>
            <rect x={1} y={1} width={16} height={10} rx={3} className={classes.bar} data-tone={tone} />
          </svg>
          {TEXTS.legend[tone]}
        </li>
      ))}
    </ul>
  );
}

/** The same as a table, the latest first. */
function Twin({ bars }: { readonly bars: readonly Bar[] }) {
  const { columns: LABELS } = TEXTS;
  return (
    <ScrollBox className={classes.twin} label={TEXTS.title}>
      <table>
        <thead>
          <tr>
            {Object.values(LABELS).map((label) => (
              <th key={label}>{label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars
            .toSorted((one, other) => other.startMs - one.startMs)
            .map((bar) => (
              <tr key={bar.key}>
                <td>{bar.row}</td>
                <td>
                  <Link to={bar.path as never} search={{ company: bar.company } as never} preload={false}>
                    {bar.name}
                  </Link>
                </td>
                <td>
                  <Status of={bar.state} />
                </td>
                <td>
                  <Time at={new Date(bar.startMs).toISOString()} />
                </td>
                <td>
                  <Time
                    at={bar.durationMs === null ? null : new Date(bar.endMs).toISOString()}
                    show="absolute"
                  />
                </td>
                <td>{bar.durationMs === null ? '–' : durationText(bar.durationMs)}</td>
                <td>{bar.user}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
