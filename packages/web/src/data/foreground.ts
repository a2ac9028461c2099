import type { Live, LiveDialog, LiveLogLine, LiveOutcome, RunListener } from '@nightshift/client/live';
import { useSyncExternalStore } from 'react';
import { api, changed, newKey } from './api.ts';
import { tabConnection } from './connection.ts';

/** Something that a run has told or asked, in the order in which it came. */
export type Spoken =
  | {
      readonly kind: 'log';
      readonly key: string;
      readonly line: LiveLogLine;
      /** Whether it was said to the person: `session.message` logs what it says. */
      readonly isMessage: boolean;
    }
  | {
      readonly kind: 'question';
      readonly key: string;
      readonly text: string;
      /** What the run was told; null: it still waits. */
      readonly answer: boolean | null;
      /** Why it is over; null: it is not. */
      readonly reason: string | null;
    };

/** A run before whoever is at the screen. */
export interface Foreground {
  readonly company: string;
  readonly entryId: string;
  /** What runs, for people. */
  readonly title: string;
  /** Null: it is about to begin. */
  readonly runId: string | null;
  readonly spoken: readonly Spoken[];
  /** What is asked now; null: nothing. */
  readonly question: LiveDialog | null;
  /** The text of each progress window that is open. */
  readonly windows: Readonly<Record<number, string>>;
  /** Null: it runs. */
  readonly outcome: LiveOutcome | null;
  /** That it could not begin. */
  readonly fault: unknown;
}

const SPOKEN_MAX = 2_000;
const CONNECT_MS = 10_000;
const LOOK_MS = 3_000;

let present: Foreground | null = null;
let hang: (() => void) | null = null;
/** What came before the server had named the run. */
let early: (() => void)[] = [];
const listeners = new Set<() => void>();

function set(next: Foreground | null): void {
  present = next;
  for (const listener of listeners) listener();
}

function change(part: Partial<Foreground>): void {
  if (present !== null) set({ ...present, ...part });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The run that is shown; null: none. */
export function useForeground(): Foreground | null {
  return useSyncExternalStore(subscribe, () => present);
}

/** Runs the object of an entry once, now, as whoever is at the screen, and listens. One at a time. */
export async function startForeground(
  wish: Pick<Foreground, 'company' | 'entryId' | 'title'>,
): Promise<void> {
  if (present !== null && present.outcome === null && present.fault === null) return;
  closeForeground();
  early = [];
  set({ ...wish, runId: null, spoken: [], question: null, windows: {}, outcome: null, fault: null });
  const link = tabConnection();
  hang = link.onRun(listener());
  try {
    const connection = await connected(link);
    const { runId } = await api.call('jobQueueEntries.runOnce', {
      params: { company: wish.company, entryId: wish.entryId },
      body: connection === null ? {} : { connection },
      idempotencyKey: newKey(),
    });
    change({ runId });
    for (const tell of early) tell();
    early = [];
    void look(link, wish.company, runId);
  } catch (fault) {
    change({ fault });
  }
}

/** Answers what is asked now. */
export function answerForeground(answer: boolean): void {
  const question = present?.question ?? null;
  if (question !== null && tabConnection().answer(question.dialog, answer)) change({ question: null });
}

/** Shows the run no more. One that still runs goes on; what it asks is answered by no. */
export function closeForeground(): void {
  hang?.();
  hang = null;
  set(null);
}

/** The name of the connection, waiting for it for a while; null: there is none. */
async function connected(link: Live): Promise<string | null> {
  if (link.connection !== null) return link.connection;
  const welcomed = Promise.withResolvers<void>();
  const end = link.listen({ onWelcome: () => welcomed.resolve(), onEvent: () => undefined });
  await Promise.race([welcomed.promise, link.sleep(CONNECT_MS)]);
  end();
  return link.connection;
}

/** Hears of the run that is shown, and of no other. */
function listener(): RunListener {
  const mine = <Event extends { readonly run: string }>(tell: (event: Event) => void) =>
    function hear(event: Event): void {
      if (present === null) return;
      if (present.runId === null) early.push(() => hear(event));
      else if (event.run === present.runId) tell(event);
    };
  return {
    dialog: mine(ask),
    dialogClosed: mine(({ dialog, answer, reason }) => {
      if (present?.question?.dialog === dialog) change({ question: null });
      change({
        spoken: (present?.spoken ?? []).map((each) =>
          each.kind === 'question' && each.key === dialog ? { ...each, answer, reason } : each,
        ),
      });
    }),
    progress: mine(({ window, text }) => {
      const { [window]: _, ...others } = present?.windows ?? {};
      change({ windows: text === null ? others : { ...others, [window]: text } });
    }),
    log: mine(({ lines }) =>
      say(
        ...lines.map((line) => ({ kind: 'log' as const, key: newKey(), line, isMessage: isMessage(line) })),
      ),
    ),
    runEnded: mine(({ outcome }) => end(outcome)),
  };
}

function isMessage({ details }: LiveLogLine): boolean {
  return (details as { readonly dialog?: unknown } | null)?.dialog === 'message';
}

function ask(question: LiveDialog): void {
  say({ kind: 'question', key: question.dialog, text: question.question, answer: null, reason: null });
  change({ question });
}

function say(...spoken: readonly Spoken[]): void {
  change({ spoken: [...(present?.spoken ?? []), ...spoken].slice(-SPOKEN_MAX) });
}

function end(outcome: LiveOutcome): void {
  if (present === null || present.outcome !== null) return;
  change({ outcome, question: null, windows: {} });
  changed('jobQueueEntries', 'jobQueueLogEntries', 'workItems', 'sessions', 'sessionEvents');
}

/** While the connection is down the outcome is asked for: it may never come over another one. */
async function look(link: Live, company: string, runId: string): Promise<void> {
  let known: string | null = link.connection;
  while (present?.runId === runId && present.outcome === null) {
    await link.sleep(LOOK_MS);
    const now = link.connection;
    if (now !== null && now === known) continue;
    known = now ?? known;
    const run = await api
      .call('foregroundRuns.get', { params: { company, runId } })
      .catch(() => ({ outcome: null }));
    if (run.outcome !== null && present?.runId === runId) end(run.outcome);
    if (now !== null && run.outcome === null) known = null;
  }
}
