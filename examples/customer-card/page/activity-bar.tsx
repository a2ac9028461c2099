import { useEffect, useState } from 'react';
import { type Activity, ask } from './customers.ts';
import { liveState } from './live-state.ts';
import { useStore } from './store.ts';
import { tally } from './tally.ts';

/** Milliseconds between two looks, while something runs and while nothing does. */
const LOOK_BUSY = 250;
const LOOK_IDLE = 1_000;

const WORDS: Readonly<Record<string, string>> = {
  live: 'Connected',
  polling: 'No connection',
  paused: 'At rest',
};

/** Shows what runs and waits on the server, and what became of this tab's tasks. */
export function ActivityBar() {
  const { arrived, cancelled, failed } = useStore(tally);
  const state = useStore(liveState);
  const activity = useActivity();
  const { running = 0, waiting = 0, limit = 16, pages = 0 } = activity ?? {};
  return (
    <header className="activity">
      <p className="brand">Customer Card</p>
      <p
        className="group"
        title={`Background tasks on this server instance, of ${pages} open pages; ${limit} run at a time`}
      >
        <span className="slots" aria-hidden="true">
          {Array.from({ length: limit }, (_, slot) => slot).map((slot) => (
            <i key={slot} className={slot < running ? 'busy' : ''} />
          ))}
        </span>
        <span>
          <b data-testid="running">{running}</b> running
        </span>
        <span>
          <b data-testid="waiting">{waiting}</b> waiting
        </span>
      </p>
      <p className="group" title="Background tasks of this tab">
        <span>
          <b data-testid="arrived">{arrived}</b> arrived
        </span>
        <span>
          <b data-testid="cancelled">{cancelled}</b> cancelled
        </span>
        <span>
          <b data-testid="failed">{failed}</b> failed
        </span>
      </p>
      <p className={`link ${state}`} data-testid="link">
        {WORDS[state] ?? state}
      </p>
    </header>
  );
}

/** What the server instance says, as long as somebody looks; null: it says nothing. */
function useActivity(): Activity | null {
  const [activity, setActivity] = useState<Activity | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    let timer = 0;
    const look = async () => {
      const seen = document.hidden
        ? null
        : await ask<Activity>('/activity', leaving.signal).catch(() => null);
      if (leaving.signal.aborted) return;
      if (!document.hidden) setActivity(seen);
      timer = window.setTimeout(look, (seen?.running ?? 0) > 0 ? LOOK_BUSY : LOOK_IDLE);
    };
    void look();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, []);
  return activity;
}
