import { openPage } from '@nightshift/client/page';
import { expect, test } from 'vitest';
import { MINUTE_MS } from '../../foundation/index.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { RateLimit } from '../rate-limit.ts';
import { MESSAGES_PER_MINUTE } from './live-socket.ts';

/** What the rest of a tab may send besides at once: a subscription each time that it connects. */
const OTHERS_AT_ONCE = 100;
const OTHERS_PER_MINUTE = 600;

test('pages that have as much to say as can be are never too fast for the server, nor is the tab beside them', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(clock, MESSAGES_PER_MINUTE);
  let sent = 0;
  const link = {
    send() {
      limit.take('');
      sent++;
      return true;
    },
    listen: (listener: { readonly onWelcome: (resumed: boolean) => void }) => {
      listener.onWelcome(false);
      return () => undefined;
    },
    sleep: (ms: number) => clock.sleep(ms),
    now: () => clock.monotonic(),
  };
  for (let other = 0; other < OTHERS_AT_ONCE; other++) limit.take('');
  const pages = Array.from({ length: 50 }, () => openPage(link, { company: 'CRONUS', name: 'Card' }));
  for (const page of pages) for (let task = 0; task < 100; task++) page.enqueue('Statistics');
  for (let other = 0; other < OTHERS_PER_MINUTE; other++) {
    await clock.advance(MINUTE_MS / OTHERS_PER_MINUTE);
    limit.take('');
  }
  expect(sent).toBeGreaterThan(1_000);
  for (const page of pages) page.close();
});
