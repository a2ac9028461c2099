import { type SharedPage, usePageBackgroundTask } from '@nightshift/client/react';
import { type ReactNode, useEffect, useState } from 'react';
import { amount, compactAmount, DASH, days, monthNames, number, numbers } from './figures.ts';
import { MonthPlot } from './month-plot.tsx';
import { type Answer, Tile } from './tile.tsx';

interface StatisticsProps {
  readonly page: SharedPage;
  readonly customerNo: string;
  /** Days; null: not known yet. */
  readonly terms: number | null;
}

/** Three figures, each by a background task of its own: each comes when it is ready, in its place. */
export function Statistics({ page, customerNo, terms }: StatisticsProps) {
  const times = useTimes(page);
  const turnover = useFigure('Customer Turnover', customerNo);
  const overdue = useFigure('Customer Overdue Balance', customerNo);
  const paying = useFigure('Customer Days to Pay', customerNo);
  return (
    <section className="statistics" aria-label="Statistics">
      <Turnover answer={turnover} time={times['Customer Turnover']} />
      <Overdue answer={overdue} time={times['Customer Overdue Balance']} />
      <DaysToPay answer={paying} time={times['Customer Days to Pay']} terms={terms} />
    </section>
  );
}

/** What a task says of a customer. */
function useFigure(codeunit: string, customerNo: string): Answer {
  const [tries, setTries] = useState(0);
  // What the codeunit does not know, it overlooks: with it the request is another one.
  const parameters = tries === 0 ? { customerNo } : { customerNo, tries: String(tries) };
  const task = usePageBackgroundTask(codeunit, parameters);
  return { ...task, again: () => setTries(tries + 1) };
}

/** How long the tasks of the page waited and ran, by codeunit. */
function useTimes(page: SharedPage): Readonly<Record<string, string>> {
  const [times, setTimes] = useState<{
    readonly of: SharedPage;
    readonly by: Readonly<Record<string, string>>;
  }>({
    of: page,
    by: {},
  });
  useEffect(
    () =>
      page.session.on('completed', ({ codeunit, waitedMs, ranMs }) =>
        setTimes((before) => {
          const by = before.of === page ? before.by : {};
          const text = `ran ${Math.round(ranMs)} ms, waited ${Math.round(waitedMs)} ms`;
          return { of: page, by: { ...by, [codeunit]: text } };
        }),
      ),
    [page],
  );
  return times.of === page ? times.by : {};
}

interface TileProps {
  readonly answer: Answer;
  readonly time: string | undefined;
}

function Turnover({ answer, time }: TileProps) {
  const [month, setMonth] = useState<number | null>(null);
  const { result } = answer;
  const now = numbers(result?.['months']);
  const before = numbers(result?.['monthsBefore']);
  const names = monthNames(result?.['lastMonth'] ?? '', now.length);
  const total = sum(now);
  const pointed = month === null ? undefined : now[month];
  return (
    <Tile
      name="Turnover, 12 months"
      answer={answer}
      time={time}
      figure={`€ ${amount(pointed ?? total)}`}
      remark={
        pointed === undefined
          ? `${change(total, sum(before))} · No. ${result?.['rank']} of ${amount(number(result?.['customers']))}`
          : `${names[month ?? 0]}; a year before € ${compactAmount(before[month ?? 0] ?? 0)}`
      }
    >
      <MonthPlot
        label={`Turnover of 12 months: ${names.map((name, at) => `${name} ${amount(now[at] ?? 0)}`).join(', ')}`}
        months={names}
        series={[
          { name: '12 months', values: now, colour: '--plot', as: 'bars' },
          { name: 'a year before', values: before, colour: '--plot-quiet', as: 'line' },
        ]}
        onPoint={setMonth}
      />
      <Legend own="This year" other="The year before" />
    </Tile>
  );
}

const AGES = ['1–30 days', '31–60 days', '61–90 days', 'over 90 days'];

function Overdue({ answer, time }: TileProps) {
  const { result } = answer;
  const overdue = number(result?.['overdue']);
  const byAge = numbers(result?.['byAge']);
  const most = Math.max(1, ...byAge);
  const documents = number(result?.['documents']);
  return (
    <Tile
      name="Overdue balance"
      answer={answer}
      time={time}
      figure={`€ ${amount(overdue)}`}
      remark={
        documents === 0
          ? `of € ${amount(number(result?.['balance']))} open; nothing is late`
          : `of € ${amount(number(result?.['balance']))} open · ${amount(documents)} documents, up to ${result?.['oldestDays']} days late`
      }
    >
      <ul className="ages" aria-label="Overdue by age">
        {AGES.map((age, at) => (
          <li key={age}>
            <span>{age}</span>
            <meter min={0} max={most} value={byAge[at] ?? 0} data-age={at} />
            <span className="value">{compactAmount(byAge[at] ?? 0)}</span>
          </li>
        ))}
      </ul>
    </Tile>
  );
}

function DaysToPay({ answer, time, terms }: TileProps & { readonly terms: number | null }) {
  const [month, setMonth] = useState<number | null>(null);
  const { result } = answer;
  const own = numbers(result?.['months']).map(known);
  const all = numbers(result?.['monthsOfAll']).map(known);
  const names = monthNames(result?.['lastMonth'] ?? '', own.length);
  const average = known(number(result?.['average']));
  const pointed = month === null ? average : (own[month] ?? null);
  const others = month === null ? known(number(result?.['averageOfAll'])) : (all[month] ?? null);
  return (
    <Tile
      name="Average days to pay"
      answer={answer}
      time={time}
      figure={pointed === null ? DASH : `${days(pointed)} days`}
      remark={`${month === null ? '' : `${names[month]}; `}all customers ${others === null ? DASH : days(others)}${terms === null ? '' : ` · terms ${terms} days`}`}
    >
      <MonthPlot
        label={`Days to pay by month: ${names.map((name, at) => `${name} ${own[at] ?? 'none'}`).join(', ')}`}
        months={names}
        series={[
          { name: 'all customers', values: all, colour: '--plot-quiet', as: 'line' },
          { name: 'this customer', values: own, colour: '--plot', as: 'line' },
        ]}
        onPoint={setMonth}
      />
      <Legend own="This customer" other="All customers" />
    </Tile>
  );
}

function Legend({ own, other }: { readonly own: string; readonly other: string }): ReactNode {
  return (
    <p className="legend" aria-hidden="true">
      <span className="own">{own}</span>
      <span className="other">{other}</span>
    </p>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** −1 stands for none. */
function known(value: number): number | null {
  return value >= 0 ? value : null;
}

function change(now: number, before: number): string {
  if (before <= 0) return 'no turnover the year before';
  const percent = Math.round((100 * (now - before)) / before);
  return `${percent >= 0 ? '+' : '−'}${Math.abs(percent)} % on the year before`;
}
