import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { apartTransaction, type OnceCaller, onceCaller, readingCaller } from './at-once.ts';
import { readCueThresholds, writeCueThresholds } from './cue-thresholds.sql.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

const NUMBER_MAX = 1_000_000;

/** From which number on a cue is to be looked at, and from which it needs attention; 0: never. */
interface CueThreshold {
  readonly amber: number;
  readonly red: number;
}

/** The same of all cues. */
export interface CueThresholds {
  readonly failed: CueThreshold;
  readonly inProcess: CueThreshold;
  readonly inQueue: CueThreshold;
  readonly overdue: CueThreshold;
  readonly waitingForApproval: CueThreshold;
  readonly failedItems: CueThreshold;
}

/** What holds where nobody has said anything. */
const STANDARD: CueThresholds = Object.freeze({
  failed: { amber: 1, red: 5 },
  inProcess: { amber: 0, red: 0 },
  inQueue: { amber: 500, red: 5_000 },
  overdue: { amber: 1, red: 5 },
  waitingForApproval: { amber: 1, red: 20 },
  failedItems: { amber: 1, red: 100 },
});

/** What holds for the caller, and why. */
export interface CueThresholdsView {
  /** His own, or else those of the company, or else the standard. */
  readonly effective: CueThresholds;
  /** Null: he has set none. */
  readonly own: CueThresholds | null;
  /** Null: nobody has set any for the company. */
  readonly company: CueThresholds | null;
  readonly standard: CueThresholds;
  readonly maySetForCompany: boolean;
}

/**
 * From which numbers on cues need the caller's attention. Not for sessions in a thread or process of their own.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function cueThresholds(caller: Caller): Promise<CueThresholdsView> {
  const reading = readingCaller(caller, 'jobQueue.cueThresholds');
  await admit(reading);
  return viewFor(reading);
}

/**
 * Sets them for the caller himself, or, with null, takes back what he has set. Commits at once, also in a session.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED; CONFLICT in a session with an open
 *   transaction
 */
export async function setCueThresholds(
  caller: Caller,
  thresholds: CueThresholds | null,
): Promise<CueThresholdsView> {
  const once = onceCaller(caller, 'jobQueue.setCueThresholds');
  const value = checked(thresholds);
  await admit(once);
  const { company, user } = once.door;
  await apartTransaction(once, (tx) => tx.run(writeCueThresholds, [company.no, user.no, value]));
  return viewFor(once);
}

/**
 * Sets them for all in the company who have set none for themselves, or, with null, has the standard hold again. Commits at
 * once, also in a session.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED; CONFLICT in a session with an open
 *   transaction
 */
export async function setCompanyCueThresholds(
  caller: Caller,
  thresholds: CueThresholds | null,
): Promise<CueThresholdsView> {
  const once = onceCaller(caller, 'jobQueue.setCompanyCueThresholds');
  const value = checked(thresholds);
  const { door, actor, authority } = once;
  const object = { kind: 'company', id: String(door.company.no), name: door.company.name };
  await authority.demand(actor, 'cue.setThresholds', object);
  const { company: before } = await stored(once);
  await apartTransaction(once, async (tx) => {
    await tx.run(writeCueThresholds, [door.company.no, null, value]);
    await authority.done(tx, {
      actor,
      verb: 'cue.setThresholds',
      object,
      before: { ...before },
      after: { ...thresholds },
    });
  });
  return viewFor(once);
}

async function admit({ door, actor, authority }: OnceCaller): Promise<void> {
  const wish = { kind: 'company', id: String(door.company.no), name: door.company.name };
  await authority.demand(actor, 'company.open', wish);
}

async function stored({ door }: OnceCaller) {
  const rows = await door
    .service(JOB_QUEUE)
    .reader.run<{ is_own: boolean; thresholds: CueThresholds }>(readCueThresholds, [
      door.company.no,
      door.user.no,
    ]);
  const of = (isOwn: boolean) => rows.find(({ is_own }) => is_own === isOwn)?.thresholds ?? null;
  return { own: of(true), company: of(false) };
}

async function viewFor(reading: OnceCaller): Promise<CueThresholdsView> {
  const { actor, authority } = reading;
  const { own, company } = await stored(reading);
  const wish = { kind: 'company', id: null };
  return {
    effective: own ?? company ?? STANDARD,
    own,
    company,
    standard: STANDARD,
    maySetForCompany: await authority.may(actor, 'cue.setThresholds', wish),
  };
}

/** As JSON. @throws NightshiftError VALIDATION */
function checked(thresholds: CueThresholds | null): string | null {
  if (thresholds === null) return null;
  const given = Object.keys(STANDARD).map((name) => {
    const { amber, red } = thresholds[name as keyof CueThresholds] ?? {};
    return [name, { amber: whole(name, amber), red: whole(name, red) }];
  });
  return JSON.stringify(Object.fromEntries(given));
}

function whole(field: string, value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= NUMBER_MAX) return Number(value);
  throw new NightshiftError('VALIDATION', `${field} has whole numbers from 0 to 1,000,000.`, { field });
}
