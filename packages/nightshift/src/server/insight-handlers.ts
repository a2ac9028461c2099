import type { InsightRouteName } from '../contract/insight-routes.ts';
import { given, NightshiftError } from '../foundation/index.ts';
import type { NeighbouringRun, RunErrorFilter, RunFacts, RunMoment } from '../job-queue/index.ts';
import { allCues, items, jobQueue, sessions } from '../platform/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf, type SessionEvent } from '../session/index.ts';
import { instantText, TASK_SCHEDULER } from '../task-scheduler/index.ts';
import type { HandlersOf } from './handler.ts';
import { dateOf, instantOf } from './wire-parts.ts';
import { eventWire } from './work-handlers.ts';

const EVENTS_MAX = 100;
const ITEMS_LOOKED_AT = 1_000;

async function visibleTables(caller: Caller) {
  const door = doorOf(caller);
  const wish = { kind: 'item', id: null };
  const may = await door.service(AUTHORITY).may(actorOf(door), 'item.read', wish);
  return may ? items.tables(caller) : null;
}

/** The open items that a session processed last, by their tables. */
async function itemsOf(caller: Caller, sessionUniqueId: string) {
  const made = [];
  for (const { name } of (await visibleTables(caller)) ?? []) {
    const found = await items.list(caller, name, { sessionUniqueId, limit: ITEMS_LOOKED_AT });
    const failed = found.filter(({ status }) => status === 'Failed').length;
    if (found.length > 0) made.push({ table: name, items: found.length, failed });
  }
  return made;
}

function neighbourWire({ plannedAt, startedAt, endedAt, ...run }: NeighbouringRun) {
  return {
    ...run,
    plannedAt: instantOf(plannedAt),
    startedAt: instantOf(startedAt),
    endedAt: instantOf(endedAt),
  };
}

/** What the events of its session add to what its log entry tells. */
function momentsWith({ moments }: RunFacts, events: readonly SessionEvent[]): readonly RunMoment[] {
  const stopping = events.find(({ stoppingAt }) => stoppingAt !== null);
  const killed = events.find(({ killedAt }) => killedAt !== null);
  const told = stopping?.comment ?? null;
  const more: RunMoment[] = [];
  if (stopping?.stoppingAt != null)
    more.push({
      at: stopping.stoppingAt,
      kind: 'stopping',
      text: `It was told to stop${told === null ? '' : `: ${told}`}.`,
    });
  if (killed?.killedAt != null)
    more.push({ at: killed.killedAt, kind: 'killed', text: 'It did not stop, and was killed.' });
  return [...moments, ...more].sort((one, other) => one.at.getTime() - other.at.getTime());
}

function stackLines(stack: string | null): string[] {
  return (stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
}

/** A zone that this machine knows. @throws NightshiftError VALIDATION */
function checkedZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    const text = `${JSON.stringify(timeZone)} is no IANA time zone.`;
    throw new NightshiftError('VALIDATION', text, { field: 'viewerTimeZone' });
  }
}

/** What the addresses about how things stand do. */
export const INSIGHT_HANDLERS: HandlersOf<InsightRouteName> = {
  async 'cues.get'({ caller }) {
    return { ...(await allCues(caller)) };
  },
  'cueThresholds.get': ({ caller }) => jobQueue.cueThresholds(caller),
  'cueThresholds.setOwn': ({ caller }, { body }) => jobQueue.setCueThresholds(caller, body.thresholds),
  'cueThresholds.setForCompany': ({ caller }, { body }) =>
    jobQueue.setCompanyCueThresholds(caller, body.thresholds),
  async 'jobQueueLogEntries.errorGroups'({ caller }, { query }) {
    const { startedFrom, startedTo, limit } = query;
    const filter = given({ from: dateOf(startedFrom), to: dateOf(startedTo), limit }) as RunErrorFilter;
    const groups = await jobQueue.errorGroups(caller, filter);
    return {
      items: groups.map(({ firstAt, lastAt, ...group }) => ({
        ...group,
        firstAt: instantOf(firstAt),
        lastAt: instantOf(lastAt),
      })),
    };
  },
  async 'jobQueueLogEntries.facts'({ caller }, { params }) {
    const facts = await jobQueue.runFacts(caller, params.no);
    const { run, sessionUniqueId: uniqueId, hindrance, missing } = facts;
    const [events, worked] = await Promise.all([
      sessions.events(caller, { uniqueId, oldestFirst: true, limit: EVENTS_MAX }),
      itemsOf(caller, uniqueId),
    ]);
    return {
      no: run.no,
      sessionUniqueId: uniqueId,
      failedBeforeStart: facts.failedBeforeStart,
      entryExists: facts.entryExists,
      stack: stackLines(facts.stack),
      moments: momentsWith(facts, events).map((moment) => ({ ...moment, at: instantOf(moment.at) })),
      attempts: facts.attempts.map(neighbourWire),
      sameError: facts.sameError.map(neighbourWire),
      sameErrorRuns: facts.sameErrorRuns,
      runAs: {
        user: run.user,
        hindrance,
        missing: missing.map((each) => ({ ...each, sets: [...each.sets] })),
      },
      askedPerson: facts.askedPerson,
      sessionEvents: events.map(eventWire),
      failedItems: worked,
    };
  },
  async 'retention.get'({ caller }, { query }) {
    const { preview, ...kept } = await jobQueue.retention(caller, given(query));
    return { ...kept, preview: { ...preview } };
  },
  async 'schedules.preview'({ caller }, { body }) {
    const { count, earliestStart, viewerTimeZone, ...schedule } = body;
    const viewer = checkedZone(viewerTimeZone ?? caller.timeZone);
    const wish = { schedule, ...given({ count, earliestStart: dateOf(earliestStart) }) };
    const plan = await jobQueue.planSchedule(caller, wish);
    return {
      ...plan,
      viewerTimeZone: viewer,
      warnings: [...plan.warnings],
      runs: plan.runs.map(({ at, note }) => ({
        at: instantOf(at),
        scheduleTime: instantText(at, plan.timeZone),
        viewerTime: instantText(at, viewer),
        note,
      })),
    };
  },
  async 'jobQueueEntries.rehearsal'({ caller }, { params }) {
    const { eligibleFrom, warnings, ...rehearsal } = await jobQueue.rehearseReady(caller, params.entryId);
    return { ...rehearsal, eligibleFrom: instantOf(eligibleFrom), warnings: [...warnings] };
  },
  async 'health.get'({ platform, caller }) {
    const [state, health] = await Promise.all([
      platform.environment.show(caller),
      platform.environment.health(caller),
    ]);
    const { options } = doorOf(caller).service(TASK_SCHEDULER);
    return {
      at: instantOf(health.at),
      environment: state.name,
      unapproved: state.unapproved,
      instances: health.instances.map((instance) => ({
        ...instance,
        startedAt: instantOf(instance.startedAt),
      })),
      queue: { ...health.queue },
      database: { ...health.database },
      limits: {
        concurrentTasks: options.maximumConcurrentRunningTasks,
        concurrentTasksPerUser: options.maximumConcurrentTasksPerUser,
        tasksStartedPerSecond: options.maximumTasksStartedPerSecond,
      },
    };
  },
  async 'health.findings'({ platform, caller }) {
    const findings = await platform.environment.examine(caller);
    return { items: findings.map((found) => ({ ...found })) };
  },
};
