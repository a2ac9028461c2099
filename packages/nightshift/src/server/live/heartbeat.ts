import { SECOND_MS } from '../../foundation/index.ts';

/** How often a sign of life is asked for. */
export const HEARTBEAT_MS = 15 * SECOND_MS;
/** Who is not heard of for so long is gone. */
export const SILENCE_MS = 40 * SECOND_MS;
/** How long somebody may take to say hello. */
export const HELLO_MS = 10 * SECOND_MS;

/** What is known of the life of a socket; instants are monotonic. */
export interface Vitals {
  readonly openedAt: number;
  readonly heardAt: number;
  readonly pingedAt: number;
  readonly saidHello: boolean;
}

/** What is to be done about a socket now. */
export function heartbeat(
  { openedAt, heardAt, pingedAt, saidHello }: Vitals,
  now: number,
): 'ping' | 'silent' | 'wait' {
  if (!saidHello) return now - openedAt >= HELLO_MS ? 'silent' : 'wait';
  if (now - heardAt >= SILENCE_MS) return 'silent';
  return now - pingedAt >= HEARTBEAT_MS ? 'ping' : 'wait';
}
