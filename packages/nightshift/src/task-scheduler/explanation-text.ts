import type { StoredError } from '../foundation/index.ts';

/** `: the shop does not answer (ECONNREFUSED)`, or nothing. */
export function errorText(error: StoredError | null): string {
  if (error === null) return '';
  const text = error.message.replace(/\s+/g, ' ').replace(/[.\s]+$/, '');
  return `: ${text}${error.code === null ? '' : ` (${error.code})`}`;
}

/** Wall-clock time and zone; a zone that this machine does not know must not keep anybody from looking. */
export function instantText(at: Date, timeZone: string): string {
  try {
    // Sweden writes 2026-08-01 08:00:00.
    return `${at.toLocaleString('sv-SE', { timeZone })} ${timeZone}`;
  } catch {
    return `${at.toLocaleString('sv-SE', { timeZone: 'UTC' })} UTC`;
  }
}
