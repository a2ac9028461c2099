import { type Answer, api, queryClient } from '../../data/api.ts';
import { meQuery } from '../../data/me.ts';
import { durationText, numberText, relativeText, zonedText } from '../../ui/format.ts';
import { nowMs } from '../../ui/now.ts';
import { ENTRY_TEXTS } from './entry-texts.ts';

type Rehearsal = Answer<'jobQueueEntries.rehearsal'>;

const { ready: TEXTS } = ENTRY_TEXTS;
/** More than these are not counted. */
const AHEAD_MAX = 10_000;

/** From when it may run, with how far that is; by the clocks of whoever is at the screen. */
export function eligibleWords({ eligibleFrom }: Rehearsal): string {
  const zone = queryClient.getQueryData(meQuery.queryKey)?.timeZone ?? '';
  const name = zone === '' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
  return `${zonedText(eligibleFrom, name)} (${relativeText(eligibleFrom, nowMs())})`;
}

/** How many come first. */
export function aheadWords({ ahead, aheadInCategory }: Rehearsal): string {
  const tasks = ahead > AHEAD_MAX ? TEXTS.aheadMany : TEXTS.aheadTasks(ahead);
  return aheadInCategory === 0 ? tasks : `${tasks}, ${TEXTS.aheadInCategory(aheadInCategory)}`;
}

/** What is said once it is Ready: that it may run, not that it does. */
export function readyWords(rehearsal: Rehearsal): string {
  const { ahead, usualWaitMs } = rehearsal;
  const wait = usualWaitMs === null ? TEXTS.unknown : TEXTS.usually(durationText(usualWaitMs));
  return TEXTS.doneText(
    eligibleWords(rehearsal),
    ahead > AHEAD_MAX ? `> ${numberText(AHEAD_MAX)}` : numberText(ahead),
    wait,
  );
}

/** Looks what would come of setting an entry Ready, and sets it. @returns what it found */
export async function setReady(company: string, entryId: string): Promise<Rehearsal> {
  const params = { company, entryId };
  const rehearsal = await api.call('jobQueueEntries.rehearsal', { params });
  await api.call('jobQueueEntries.setReady', { params });
  return rehearsal;
}
