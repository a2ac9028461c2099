import { isNightshiftError } from '../foundation/index.ts';
import { approvals, categories, jobQueue } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import {
  PERSON,
  plain,
  TARGET,
  type VerbCall,
  type VerbCase,
  type VerbFacts,
  type VerbStage,
} from './verb-stage.ts';

/** The number of no log entry. */
const NO_LOG_ENTRY = 2_000_000_000;

/** The functions of the job queue and of approvals. */
export const JOB_QUEUE_CALLS: Readonly<Record<string, VerbCall>> = {
  'jobQueue.create': {
    verb: 'entry.create',
    use: (_, { caller }) => jobQueue.create(caller, { object: plain }),
  },
  'jobQueue.enqueue': {
    verb: 'entry.create',
    use: (_, { caller }) => jobQueue.enqueue(caller, plain),
  },
  'jobQueue.get': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.get(at.caller, await stage.entry(at)),
  },
  'jobQueue.list': {
    verb: 'entry.read',
    owned: true,
    async use(stage, at) {
      const id = await stage.entry(at);
      return (await jobQueue.list(at.caller)).some((entry) => entry.id === id);
    },
  },
  'jobQueue.describe': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.describe(at.caller, await stage.entry(at)),
  },
  'jobQueue.page': {
    verb: 'entry.read',
    owned: true,
    async use(stage, at) {
      const id = await stage.entry(at);
      const { entries } = await jobQueue.page(at.caller, { sort: '-entryNo', limit: 500 });
      return entries.some(({ entry }) => entry.id === id);
    },
  },
  'jobQueue.explain': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.explain(at.caller, await stage.entry(at)),
  },
  'jobQueue.scheduleWarnings': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.scheduleWarnings(at.caller, await stage.entry(at)),
  },
  'jobQueue.rehearseReady': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.rehearseReady(at.caller, await stage.entry(at)),
  },
  'jobQueue.planSchedule': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.planSchedule(caller, { schedule: {} }),
  },
  'jobQueue.describeMany': { verb: 'entry.read', use: (_, { caller }) => jobQueue.describeMany(caller, []) },
  'jobQueue.runFacts': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.runFacts(at.caller, await stage.logEntry(at)),
  },
  'jobQueue.runLines': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.runLines(at.caller, await stage.logEntry(at)),
  },
  'jobQueue.errorGroups': { verb: 'entry.read', use: (_, { caller }) => jobQueue.errorGroups(caller) },
  'jobQueue.cues': { verb: 'entry.read', use: (_, { caller }) => jobQueue.cues(caller) },
  'jobQueue.plannedRuns': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.plannedRuns(caller, { from: new Date(0), to: new Date(1) }),
  },
  'jobQueue.retention': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.retention(caller),
  },
  'jobQueue.watch': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.watch(caller),
  },
  'jobQueue.declaration': {
    verb: 'entry.read',
    owned: true,
    // No code declares it: then there is nothing to say of it.
    use: async (stage, at) => (await jobQueue.declaration(at.caller, await stage.entry(at))) ?? true,
  },
  'jobQueue.declarations': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.declarations(caller),
  },
  'jobQueue.resetToCode': {
    verb: 'entry.modify',
    owned: true,
    async use(stage, at) {
      const entry = await stage.entry(at);
      await jobQueue.resetToCode(at.caller, entry).catch((error: unknown) => {
        // That no code declares it is told to those who may change it.
        if (!isNightshiftError(error, 'CONFLICT')) throw error;
      });
    },
  },
  'jobQueue.logEntries': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.logEntries(caller),
  },
  'jobQueue.errorMessages': {
    verb: 'entry.read',
    owned: true,
    use: async (stage, at) => jobQueue.errorMessages(at.caller, await stage.logEntry(at)),
  },
  'jobQueue.logPage': {
    verb: 'entry.read',
    use: (_, { caller }) => jobQueue.logPage(caller),
  },
  'jobQueue.logEntry': {
    verb: 'entry.read',
    expect: ({ reach }) => (reach === null ? null : 'hidden'),
    use: (_, { caller }) => jobQueue.logEntry(caller, NO_LOG_ENTRY),
  },
  'jobQueue.modify': {
    verb: 'entry.modify',
    owned: true,
    use: async (stage, at) => jobQueue.modify(at.caller, await stage.entry(at), { description: 'other' }),
  },
  'jobQueue.setStatusToReady': {
    verb: 'entry.setReady',
    owned: true,
    use: async (stage, at) => jobQueue.setStatusToReady(at.caller, await stage.entry(at)),
  },
  'jobQueue.wake': {
    verb: 'entry.wake',
    owned: true,
    use: async (stage, at) =>
      jobQueue.wake(at.caller, await stage.entry(at, 'On Hold with Inactivity Timeout')),
  },
  'jobQueue.setOnHold': {
    verb: 'entry.setOnHold',
    owned: true,
    use: async (stage, at) => jobQueue.setOnHold(at.caller, await stage.entry(at, 'Ready')),
  },
  'jobQueue.runOnce': {
    verb: 'entry.runOnce',
    owned: true,
    use: async (stage, at) => jobQueue.runOnce(at.caller, await stage.entry(at), PERSON),
  },
  'jobQueue.restart': {
    verb: 'entry.restart',
    owned: true,
    use: async (stage, at) => jobQueue.restart(at.caller, await stage.entry(at, 'Error')),
  },
  'jobQueue.runNow': {
    verb: 'entry.runNow',
    owned: true,
    use: async (stage, at) => jobQueue.runNow(at.caller, await stage.entry(at, 'Finished')),
  },
  'jobQueue.stopRun': {
    verb: 'entry.stopRun',
    owned: true,
    use: async (stage, at) => letIn(jobQueue.stopRun(at.caller, await stage.entry(at))),
  },
  'jobQueue.copy': {
    verb: 'entry.copy',
    owned: true,
    use: async (stage, at) => jobQueue.copy(at.caller, await stage.entry(at)),
  },
  'jobQueue.delete': {
    verb: 'entry.delete',
    owned: true,
    use: async (stage, at) => jobQueue.delete(at.caller, await stage.entry(at)),
  },
  'jobQueue.setPriority': {
    verb: 'entry.setPriority',
    owned: true,
    use: async (stage, at) => jobQueue.setPriority(at.caller, await stage.entry(at), 'High'),
  },
  'jobQueue.hold': {
    verb: 'entry.holdAll',
    use: (_, { caller }) => jobQueue.hold(caller, { object: 'No such object' }),
  },
  'jobQueue.release': {
    verb: 'entry.releaseAll',
    use: (_, { caller }) => jobQueue.release(caller, { object: 'No such object' }),
  },
  'jobQueue.removeFailed': {
    verb: 'entry.deleteFailed',
    use: (_, { caller }) => jobQueue.removeFailed(caller, { olderThan: 1e12 }),
  },
  'jobQueue.reassign': {
    verb: 'entry.reassign',
    owned: true,
    use: async (stage, at) => jobQueue.reassign(at.caller, await stage.entry(at), { user: TARGET }),
  },
  'jobQueue.requestApproval': {
    verb: 'approval.request',
    owned: true,
    read: 'entry.read',
    use: async (stage, at) => jobQueue.requestApproval(at.caller, await stage.entry(at)),
  },
  'categories.list': {
    verb: 'category.read',
    use: (_, { caller }) => categories.list(caller),
  },
  'categories.create': {
    verb: 'category.change',
    use: (stage, { caller }) => categories.create(caller, { code: stage.name('C') }),
  },
  'categories.modify': {
    verb: 'category.change',
    use: (stage, { caller }) => withCategory(stage, caller, (code) => categories.modify(caller, code, {})),
  },
  'categories.delete': {
    verb: 'category.change',
    use: (stage, { caller }) => withCategory(stage, caller, (code) => categories.delete(caller, code)),
  },
  'approvals.list': {
    verb: 'approval.read',
    owned: true,
    async use(stage, at) {
      const id = await stage.approval(at, at.ownerNo, null);
      return (await approvals.list(at.caller)).some((request) => request.id === id);
    },
  },
  'approvals.get': {
    verb: 'approval.read',
    owned: true,
    use: async (stage, at) => approvals.get(at.caller, await stage.approval(at, at.ownerNo, null)),
  },
  'approvals.approve': {
    verb: 'approval.decide',
    owned: true,
    use: async (stage, at) => approvals.approve(at.caller, await asking(stage, at)),
  },
  'approvals.reject': {
    verb: 'approval.decide',
    owned: true,
    use: async (stage, at) => approvals.reject(at.caller, await asking(stage, at)),
  },
  'approvals.withdraw': {
    verb: 'approval.request',
    owned: true,
    expect: onlyHisOwn,
    use: async (stage, at) => approvals.withdraw(at.caller, await stage.approval(at, at.ownerNo, null)),
  },
};

/** Whoever is told that the entry does not run was let through to it. */
function letIn(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => {
    if (!isNightshiftError(error, 'CONFLICT')) throw error;
    return true;
  });
}

/** A category of the caller's company to be changed. */
async function withCategory(stage: VerbStage, caller: Caller, use: (code: string) => Promise<void>) {
  const code = stage.name('C');
  await categories.create(stage.kit.platform.as({ user: 'ADMIN', company: caller.company }), { code });
  await use(code);
  return true;
}

/** A request that asks the caller, if it is his own to decide, else nobody in particular. */
function asking(stage: VerbStage, at: VerbCase): Promise<string> {
  return stage.approval(at, stage.adminNo, at.ownerNo === at.userNo ? at.userNo : null);
}

/** Whoever has asked takes it back, whatever he may do with entries by now; nobody else does. */
function onlyHisOwn({ isOwn, isInCompany, seesOthers }: VerbFacts) {
  if (!isInCompany) return 'denied';
  if (isOwn) return 'allowed';
  return seesOthers ? 'denied' : 'hidden';
}
