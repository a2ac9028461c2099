import { useEffect, useSyncExternalStore } from 'react';
import type { Resource } from './api.ts';
import { connectionState, onConnectionState, tabConnection } from './connection.ts';
import { follow, isTold } from './live-source.ts';

/** How the page learns of changes: told at once, by asking, or not at all since somebody has paused it. */
export type LiveState = 'live' | 'polling' | 'paused';

/** What screens show, with how many parts of them show it, and what ends following it; null while it is paused. */
const followed = new Map<Resource, { count: number; end: (() => void) | null }>();
const listeners = new Set<() => void>();
let companies: readonly string[] = [];
let paused = false;

function tellState(): void {
  for (const listener of listeners) listener();
}

function watch(listener: () => void): () => void {
  listeners.add(listener);
  const end = onConnectionState(listener);
  return () => {
    listeners.delete(listener);
    end();
  };
}

function presentState(): LiveState {
  if (paused) return 'paused';
  const resources = [...followed.keys()];
  const isSomethingTold = resources.length === 0 || resources.some((each) => isTold(each, companies));
  return isSomethingTold && connectionState() !== 'polling' ? 'live' : 'polling';
}

/** Begins anew to follow everything, or stops it. */
function begin(): void {
  for (const [resource, each] of followed) {
    each.end?.();
    each.end = paused ? null : follow(resource, companies);
  }
  tellState();
}

/** Stops the page from following changes, or has it go on. */
export function setPaused(wanted: boolean): void {
  paused = wanted;
  begin();
}

/** How the page learns of changes now. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(watch, presentState);
}

/** Says in which companies changes matter: those that the page shows. For the frame, whose user is signed in. */
export function useLiveCompanies(shown: readonly string[]): void {
  const names = shown.join('\n');
  useEffect(() => {
    companies = names === '' ? [] : names.split('\n');
    begin();
  }, [names]);
  // Whoever was signed out before has a connection that waits for this.
  useEffect(() => tabConnection().reconnect(), []);
}

/** Keeps what a screen shows of these resources up to date while it is open. */
export function useLive(...resources: readonly Resource[]): void {
  const wanted = resources.join(' ');
  useEffect(() => {
    const ends = (wanted.split(' ') as Resource[]).map(hold);
    tellState();
    return () => {
      for (const end of ends) end();
      tellState();
    };
  }, [wanted]);
}

/** Follows a resource; however many parts of a screen want it, it is followed once. */
function hold(resource: Resource): () => void {
  const known = followed.get(resource);
  if (known === undefined)
    followed.set(resource, { count: 1, end: paused ? null : follow(resource, companies) });
  else known.count++;
  return () => {
    const held = followed.get(resource);
    if (held === undefined || --held.count > 0) return;
    held.end?.();
    followed.delete(resource);
  };
}
