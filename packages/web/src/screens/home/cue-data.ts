import type { Cues } from '@nightshift/client/api';
import { openPage, type PageSession } from '@nightshift/client/page';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, keyOf } from '../../data/api.ts';
import { connectionState, onConnectionState, tabConnection } from '../../data/connection.ts';

/** The page background task of the platform that counts. */
const TASK = 'Job Queue Cues';
const TIMEOUT_MS = 60_000;
/** How long a page that has just been opened waits for its connection. */
const PATIENCE_MS = 1_500;

export const CUES = [
  'failed',
  'inProcess',
  'inQueue',
  'overdue',
  'waitingForApproval',
  'failedItems',
] as const;
export type CueName = (typeof CUES)[number];

/** The numbers, and who has counted. */
export interface Counted {
  readonly counts: Readonly<Partial<Record<CueName, number>>>;
  readonly by: 'task' | 'server';
}

const pages = new Map<string, PageSession>();

/** The home page of a company, as page background tasks know it; all home pages of a tab are one. */
function pageOf(company: string): PageSession {
  const known = pages.get(company);
  if (known !== undefined) return known;
  const page = openPage(tabConnection(), { company, name: 'Home' });
  pages.set(company, page);
  return page;
}

function closePages(): void {
  for (const page of pages.values()) page.close();
  pages.clear();
}

/** Resolves with whether there is a connection, as soon as there is one, or not in time. */
function connected(ms: number): Promise<boolean> {
  return until((state) => state === 'live', ms).result;
}

/** Resolves when the connection is gone, or nobody wants to know any more. */
function cut() {
  return until((state) => state !== 'live', TIMEOUT_MS);
}

function until(fits: (state: string) => boolean, ms: number) {
  const { promise: result, resolve } = Promise.withResolvers<boolean>();
  const end = (fitting: boolean) => {
    clearTimeout(timer);
    off();
    resolve(fitting);
  };
  const look = () => fits(connectionState()) && end(true);
  const timer = setTimeout(() => end(false), ms);
  const off = onConnectionState(look);
  look();
  return { result, end: () => end(false) };
}

/** Has the page background task count; null: there is no connection to be told the result over. */
async function countByTask(company: string): Promise<Counted['counts'] | null> {
  if (!(await connected(PATIENCE_MS))) return null;
  const task = pageOf(company).enqueue(TASK, {}, { timeout: TIMEOUT_MS, errorLevel: 'ignore' });
  const gone = cut();
  const result = await Promise.race([task.result, gone.result.then(() => null)]).finally(gone.end);
  if (result === null) return null;
  return Object.fromEntries(
    CUES.flatMap((name) => (result[name] === undefined ? [] : [[name, Number(result[name])]])),
  );
}

async function countByServer(company: string, signal: AbortSignal): Promise<Counted['counts']> {
  const cues: Cues = await api.call('cues.get', { params: { company }, signal });
  return Object.fromEntries(CUES.flatMap((name) => (cues[name] === null ? [] : [[name, cues[name]]])));
}

function sum(all: readonly Counted['counts'][]): Counted['counts'] {
  return Object.fromEntries(
    CUES.flatMap((name) => {
      const known = all.flatMap((counts) => counts[name] ?? []);
      return known.length === 0 ? [] : [[name, known.reduce((one, other) => one + other, 0)]];
    }),
  );
}

/** The cues of some companies, counted by page background tasks; without a connection by the server at once. */
export function useCues(companies: readonly string[]) {
  useEffect(() => closePages, []);
  return useQuery({
    queryKey: keyOf('jobQueueEntries', companies.join('\n'), 'cues'),
    placeholderData: keepPreviousData,
    async queryFn({ signal }): Promise<Counted> {
      const byTask = await Promise.all(companies.map((company) => countByTask(company).catch(() => null)));
      const counts = await Promise.all(
        byTask.map((found, index) => found ?? countByServer(companies[index] ?? '', signal)),
      );
      return { counts: sum(counts), by: byTask.includes(null) ? 'server' : 'task' };
    },
  });
}
