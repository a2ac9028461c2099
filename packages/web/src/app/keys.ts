import { useEffect, useRef, useSyncExternalStore } from 'react';

/** A key and what it does on the present screen. */
export interface Shortcut {
  /** As `KeyboardEvent.key` says it; with `mod+` before it, Ctrl or ⌘ is held. */
  readonly key: string;
  /** What it does, for the help sheet. */
  readonly text: string;
  readonly run: () => void;
}

let active: readonly (readonly Shortcut[])[] = [];
const listeners = new Set<() => void>();

function change(next: readonly (readonly Shortcut[])[]): void {
  active = next;
  for (const listener of listeners) listener();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function isCheckbox(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === 'checkbox';
}

/** Keys with a meaning of their own for what has the focus. */
function belongsToTarget({ key, target }: KeyboardEvent): boolean {
  if (isCheckbox(target)) return key === ' ' || key === 'Enter';
  if (isTyping(target)) return true;
  return (
    key === 'Enter' && target instanceof HTMLElement && target.closest('a,button,[role="menuitem"]') !== null
  );
}

function onKey(event: KeyboardEvent): void {
  const name = event.metaKey || event.ctrlKey ? `mod+${event.key.toLowerCase()}` : event.key;
  if (event.altKey || event.defaultPrevented) return;
  if (!name.startsWith('mod+')) {
    if (belongsToTarget(event) || document.querySelector('[role="dialog"]') !== null) return;
  }
  // The last that was added is the innermost.
  const found = active
    .toReversed()
    .flat()
    .find(({ key }) => key === name);
  if (found === undefined) return;
  event.preventDefault();
  found.run();
}

/** Listens once for the whole page. */
export function useKeyListener(): void {
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Gives keys a meaning while a component is on the screen. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const names = shortcuts.map(({ key, text }) => `${key} ${text}`).join('\n');
  useEffect(() => {
    const mine = names.split('\n').map((line, index) => ({
      key: line.split(' ')[0] ?? '',
      text: line.slice(line.indexOf(' ') + 1),
      run: () => latest.current[index]?.run(),
    }));
    change([...active, mine]);
    return () => change(active.filter((each) => each !== mine));
  }, [names]);
}

/** The keys of the present screen, for the help sheet. */
export function useActiveShortcuts(): readonly Shortcut[] {
  const all = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => active,
  );
  return all.flat();
}
