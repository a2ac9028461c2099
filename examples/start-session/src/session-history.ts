import { type Identity, type Platform, type SessionEvent, sessions } from 'nightshift';

/** Events are written every 250 ms; this is how often and how long we look for the last one. */
const LOOK_MS = 50;
const LOOKS_MAX = 100;
const BEGINNINGS: readonly SessionEvent['type'][] = ['Start', 'Logon'];

/**
 * What happened to a session, the oldest event first. Waits until its end is written.
 * @throws Error when that takes longer than 5 s
 */
export function historyOf(
  platform: Platform,
  identity: Identity,
  uniqueId: string,
): Promise<readonly SessionEvent[]> {
  return platform.open(identity, async (session) => {
    for (let look = 0; look < LOOKS_MAX; look++) {
      const events = await sessions.events(session, { uniqueId, oldestFirst: true });
      if (events.some(({ type }) => !BEGINNINGS.includes(type))) return events;
      await session.sleep(LOOK_MS);
    }
    throw new Error(`The end of session ${uniqueId} is not on record.`);
  });
}
