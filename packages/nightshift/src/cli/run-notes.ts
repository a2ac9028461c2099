import type { LogLine, SessionEvent } from '../session/index.ts';
import { wallClockText } from './showing.ts';

/** A line that a run has logged: time, level, text. */
export function logLineText({ at, level, text }: LogLine, zone: string): string {
  return `${wallClockText(new Date(at), zone)}  ${level.padEnd(11)}  ${text}`;
}

/** Progress as last reported: `30 of 100 orders`. */
export function progressText({ done, total, text, counts }: NonNullable<SessionEvent['progress']>): string {
  const what = [total === null ? String(done) : `${done} of ${total}`, text]
    .filter((part) => part !== '')
    .join(' ');
  if (counts === undefined) return what;
  return `${what}: ${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped`;
}
