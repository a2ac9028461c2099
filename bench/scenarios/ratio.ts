import type { Sample } from '../measure.ts';
import type { Table } from '../report.ts';
import { median, range, whole } from '../statistics.ts';
import { rateOf } from './throughput-table.ts';

/** Drains of one system with and without a burden, in turn. */
export interface Burdened {
  readonly system: string;
  readonly without: readonly Sample[];
  readonly with: readonly Sample[];
}

/** How much of its rate each system keeps under the burden. */
export function ratioTable(title: string, burden: string, series: readonly Burdened[]): Table {
  return {
    title,
    head: [
      'System',
      'tasks',
      'tasks/s without',
      'min – max',
      `tasks/s with ${burden}`,
      'min – max',
      'with ÷ without',
    ],
    rows: series.map((one) => {
      const without = one.without.map(rateOf);
      const burdened = one.with.map(rateOf);
      return [
        one.system,
        whole(one.without[0]?.tasks ?? 0),
        whole(median(without)),
        range(without, whole),
        whole(median(burdened)),
        range(burdened, whole),
        (median(burdened) / median(without)).toFixed(2),
      ];
    }),
    notes: [],
  };
}
