import type { Platform } from '../platform/index.ts';

/** Upper bounds of how long requests take, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const MS = 1_000;

interface Timing {
  count: number;
  sum: number;
  readonly buckets: number[];
}

/** Counts requests, and tells of them and of the server instance as Prometheus reads it. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #timings = new Map<string, Timing>();

  /** Counts a request that is over. @param route null: none */
  count(route: string | null, status: number, ms: number): void {
    const name = route ?? 'none';
    const key = `${name} ${status}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    const timing = this.#timings.get(name) ?? { count: 0, sum: 0, buckets: BUCKETS.map(() => 0) };
    const seconds = ms / MS;
    timing.count++;
    timing.sum += seconds;
    for (const [index, bound] of BUCKETS.entries())
      if (seconds <= bound) timing.buckets[index] = (timing.buckets[index] ?? 0) + 1;
    this.#timings.set(name, timing);
  }

  /** The text of `/metrics`. */
  text({ instance }: Platform): string {
    const lines = [
      '# HELP nightshift_http_requests_total Requests, by route and status.',
      '# TYPE nightshift_http_requests_total counter',
      ...[...this.#requests].map(([key, value]) => {
        const [route = '', status = ''] = key.split(' ');
        return `nightshift_http_requests_total{route="${route}",status="${status}"} ${value}`;
      }),
      '# HELP nightshift_http_request_seconds How long requests take, by route.',
      '# TYPE nightshift_http_request_seconds histogram',
      ...[...this.#timings].flatMap(([route, timing]) => histogram(route, timing)),
      '# HELP nightshift_tasks_running Tasks that run on this server instance.',
      '# TYPE nightshift_tasks_running gauge',
      `nightshift_tasks_running ${instance.running}`,
      '# HELP nightshift_instance_held Whether this server instance is held and runs no tasks.',
      '# TYPE nightshift_instance_held gauge',
      `nightshift_instance_held ${instance.held === null ? 0 : 1}`,
    ];
    return `${lines.join('\n')}\n`;
  }
}

function histogram(route: string, { count, sum, buckets }: Timing): readonly string[] {
  const name = 'nightshift_http_request_seconds';
  return [
    ...BUCKETS.map((bound, index) => `${name}_bucket{route="${route}",le="${bound}"} ${buckets[index] ?? 0}`),
    `${name}_bucket{route="${route}",le="+Inf"} ${count}`,
    `${name}_sum{route="${route}"} ${sum}`,
    `${name}_count{route="${route}"} ${count}`,
  ];
}
