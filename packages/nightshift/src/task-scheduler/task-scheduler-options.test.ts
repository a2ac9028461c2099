import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HOUR_MS } from '../foundation/index.ts';
import { jobQueueOptions } from '../job-queue/index.ts';
import { pageTaskOptions } from '../page-background-task/index.ts';
import { permissionOptions } from '../permissions/index.ts';
import { sessionOptions } from '../session/index.ts';
import { type TaskSchedulerOptionsInput, taskSchedulerOptions } from './task-scheduler-options.ts';

const DOCUMENT = new URL('../../../../docs/options.md', import.meta.url);

/** The rows of the table: name and default, as they are written. */
function documented(): ReadonlyMap<string, string> {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(
    /^\| `((?:taskScheduler|sessions|jobQueue|pages|permissions)\.\w+)` \|[^|]*\| ([^|]*) \|/gm,
  );
  return new Map([...rows].map(([, name = '', value = '']) => [name, value.trim()]));
}

/** A default as the table writes it: with thousands separated, and with its text in quotes. */
function written(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US');
  return `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``;
}

test('the table in docs/options.md has every option, and its default', () => {
  const all = [
    ...Object.entries(taskSchedulerOptions({})).map(([name, value]) => [`taskScheduler.${name}`, value]),
    ...Object.entries(sessionOptions({})).map(([name, value]) => [`sessions.${name}`, value]),
    ...Object.entries(jobQueueOptions({})).map(([name, value]) => [`jobQueue.${name}`, value]),
    ...Object.entries(pageTaskOptions({})).map(([name, value]) => [`pages.${name}`, value]),
    ...Object.entries(permissionOptions({})).map(([name, value]) => [`permissions.${name}`, value]),
  ] as const;
  const expected = all.map(([name, value]) => [String(name), written(value)] as const);
  expect(new Map([...documented()].sort())).toEqual(new Map([...expected].sort()));
});

describe('the options', () => {
  test('are complete and frozen', () => {
    const options = taskSchedulerOptions({ retryPolicy: { delaysMs: [1, 2], maximumRetries: 3 } });
    expect(Object.isFrozen(options)).toBe(true);
    expect(options.retryPolicy).toEqual({ delaysMs: [1, 2], maximumRetries: 3 });
    expect(Object.isFrozen(options.retryPolicy)).toBe(true);
    expect(Object.values(options)).not.toContain(undefined);
  });

  test('that were completed are taken again as they are', () => {
    const options = taskSchedulerOptions({ maxTaskSchedulerSessionTimeoutMs: HOUR_MS });
    expect(taskSchedulerOptions(options)).toEqual(options);
  });

  test('do not follow what the caller does to his own policy afterwards', () => {
    const delaysMs = [1_000];
    const { retryPolicy } = taskSchedulerOptions({ retryPolicy: { delaysMs, maximumRetries: 1 } });
    delaysMs.push(0);
    expect(retryPolicy).toEqual({ delaysMs: [1_000], maximumRetries: 1 });
  });

  test('a longest timeout below the default one shortens it; a default above the longest is refused', () => {
    const options = taskSchedulerOptions({ maxTaskSchedulerSessionTimeoutMs: HOUR_MS });
    expect(options.defaultTaskTimeoutMs).toBe(HOUR_MS);
    const more = { maxTaskSchedulerSessionTimeoutMs: HOUR_MS, defaultTaskTimeoutMs: HOUR_MS + 1 };
    expect(() => taskSchedulerOptions(more)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'taskScheduler.defaultTaskTimeoutMs' }),
    );
  });

  const refused: readonly (readonly [name: string, ...values: unknown[]])[] = [
    ['enableTaskScheduler', 'yes', 1, null],
    ['enableUserConsistencyValidationOnTasks', 'no', 0],
    ['maximumConcurrentRunningTasks', 0, 101, 1.5, '10', Number.NaN],
    ['maximumConcurrentTasksPerUser', -1, 1_001, 0.5],
    ['defaultTaskTimeoutMs', 0, 48 * HOUR_MS + 1, Number.POSITIVE_INFINITY],
    ['maxTaskSchedulerSessionTimeoutMs', 0, 48 * HOUR_MS + 1],
    ['drainMs', -1, 600_001],
    [
      'retryPolicy',
      'dispatcher',
      'never',
      null,
      7,
      {},
      { delaysMs: [], maximumRetries: 1 },
      { delaysMs: [-1], maximumRetries: 1 },
      { delaysMs: [48 * HOUR_MS + 1], maximumRetries: 1 },
      { delaysMs: [1], maximumRetries: 0.5 },
      { delaysMs: '1', maximumRetries: 1 },
    ],
    ['taskSchedulerExecutionRetryExceptions', 'a b', 'A:', 'PERMISSION_DENIED', 5, ['A']],
    ['taskSchedulerSystemTaskStartTime', '25:00', '7', 700],
    ['taskSchedulerSystemTaskEndTime', '24:00', ''],
    ['failedTaskRetentionDays', 0, 3_651, 1.5],
    ['maximumConcurrentRuningTasks', 10],
  ];

  test.each(refused.flatMap(([name, ...values]) => values.map((value) => [name, value] as const)))(
    '%s: %j is refused by its name',
    (name, value) => {
      const field = `taskScheduler.${name}`;
      expect(() => taskSchedulerOptions({ [name]: value } as TaskSchedulerOptionsInput)).toThrow(
        expect.objectContaining({ code: 'VALIDATION', field, message: expect.stringContaining(field) }),
      );
    },
  );

  test('an unknown one of sessions is refused by its name, too', () => {
    expect(() => sessionOptions({ idle: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'sessions.idle' }),
    );
  });
});
