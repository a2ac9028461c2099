import type { Identity, Platform, SessionEvent, UserInterface } from 'nightshift';
import { updateAddresses } from './customer-list.ts';
import { emptyOut, fillUp, startOrSchedule } from './lessons/limits.ts';
import { stopInMidRun } from './lessons/stopping.ts';
import { failingPosting } from './lessons/surviving-log.ts';
import { afterCommit, commitFirst, race } from './lessons/the-race.ts';
import { historyOf } from './session-history.ts';
import { idAndTime, readEntry, readUnfinished } from './session-log.sql.ts';

/** Where the demonstration runs, and where its lines go. */
export interface Stage {
  readonly platform: Platform;
  readonly identity: Identity;
  readonly say: (line: string) => void;
}

/** The customer list in debug mode or not, with a person before it. */
export async function showCustomerList(stage: Stage, debugMode: boolean): Promise<void> {
  const { platform, identity, say } = stage;
  const userInterface = personAt(say);
  const entry = await platform.open({ ...identity, userInterface }, (session) => {
    say(`session ${session.id} opens the customer list and has the addresses updated`);
    return updateAddresses(session, { debugMode });
  });
  say(`log entry: session ${entry.sessionId} changed ${entry.result} in ${entry.elapsedMs} ms`);
  const events = await historyOf(platform, identity, entry.sessionUniqueId);
  say(`session events of session ${entry.sessionId}: ${textOf(events)}`);
}

/** The race and two of its cures. */
export async function showRace({ platform, identity, say }: Stage): Promise<void> {
  const lost = await race(platform, identity);
  say(`row written, not committed, session started: ${lost.type}: ${lost.comment}`);
  say(`committed first, then started: ${(await commitFirst(platform, identity)).type}`);
  say(`started after the commit (afterCommit): ${(await afterCommit(platform, identity)).type}`);
}

/** A log entry that its caller's rollback does not undo, and work that is stopped in mid-run. */
export async function showFailures({ platform, identity, say }: Stage): Promise<void> {
  const { logId, error } = await failingPosting(platform, identity);
  const kept = await platform.open(identity, (session) => readEntry(session.db, logId));
  say(`the posting: ${(error as Error).message} It was rolled back; in the log: ${kept?.result}`);
  const stopped = await stopInMidRun(platform, identity, 'it takes too long');
  const events = await historyOf(platform, identity, stopped.uniqueId);
  say(`stopped in mid-run: ${stopped.type}: ${stopped.comment}. Session events: ${textOf(events)}`);
  const unfinished = await platform.open(identity, (session) => readUnfinished(session.db));
  say(
    `started and never finished, by our own log: ${unfinished.length} (that one, and the first of the race)`,
  );
}

/** What happens when there are too many. */
export async function showLimits({ platform, identity, say }: Stage): Promise<void> {
  const caller = platform.as(identity);
  const house = await fillUp(caller, 1_000);
  say(`session number ${house.accepted.length + 1} is refused: ${house.refusal?.message}`);
  const { id: logId } = await platform.open(identity, (session) => idAndTime(session.db));
  const way = await startOrSchedule(caller, { customerNo: 'as', vendorNo: 'a task', logId, workMs: 0 });
  say(`the work of that one became a ${way}`);
  await emptyOut(caller, house);
}

/** A person who reads messages and says yes to everything. */
function personAt(say: Stage['say']): UserInterface {
  return {
    confirm: async () => true,
    message: (text) => say(`the person sees: ${text}`),
    openDialog: () => ({ update: () => undefined, close: () => undefined }),
  };
}

function textOf(events: readonly SessionEvent[]): string {
  return events.map(({ type }) => type).join(', ');
}
