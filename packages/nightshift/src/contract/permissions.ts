/**
 * The permission sets that every database has. They hold rights to verbs; `SUPER` is every right, also to codeunits and
 * tables.
 */
export const BUILT_IN_SETS = Object.freeze([
  'SUPER',
  'Job Queue View',
  'Job Queue Run',
  'Job Queue Admin',
  'Task Admin',
  'Session Admin',
  'Security Admin',
  'Auditor',
] as const);

export type BuiltInSet = (typeof BUILT_IN_SETS)[number];

/** How far a right goes: to what the user has made himself or what runs as him, or to everybody's in the company. */
export type Reach = 'own' | 'any';

/** Who may do what with a verb. `SUPER` may do everything and is not named. */
export interface VerbRule {
  /** Completes "may" in a sentence. */
  readonly what: string;
  /** What every user may do who may open the company. */
  readonly everyone: Reach | null;
  readonly sets: Readonly<Partial<Record<Exclude<BuiltInSet, 'SUPER'>, Reach>>>;
  /** Whether the set must be assigned for all companies, because the verb reaches them all. */
  readonly allCompanies: boolean;
  /** Whether each use leaves a row in the audit log. Denials always do. */
  readonly audited: boolean;
  /** Whether it starts unattended work: refused for delegated administrators and users who may not schedule. */
  readonly schedules: boolean;
}

function rule(what: string, more: Partial<Omit<VerbRule, 'what'>>): VerbRule {
  return Object.freeze({
    what,
    everyone: null,
    allCompanies: false,
    audited: true,
    schedules: false,
    ...more,
    sets: Object.freeze(more.sets ?? {}),
  });
}

const READS = { audited: false } as const;
const JOB_QUEUE_READERS = {
  'Job Queue View': 'any',
  'Job Queue Run': 'any',
  'Job Queue Admin': 'any',
  Auditor: 'any',
} as const;
const JOB_QUEUE_WRITERS = { 'Job Queue Run': 'own', 'Job Queue Admin': 'any' } as const;
const ITEM_WRITERS = { 'Job Queue Admin': 'any' } as const;
const SECURITY = { 'Security Admin': 'any' } as const;
const SECURITY_READERS = { 'Security Admin': 'any', Auditor: 'any' } as const;

/** Every verb and who may use it: the one list. Checks, documents and the authorization test read it. */
export const VERBS = Object.freeze({
  'entry.read': rule('see job queue entries and their log', { ...READS, sets: JOB_QUEUE_READERS }),
  'entry.create': rule('create job queue entries', {
    sets: { 'Job Queue Run': 'any', 'Job Queue Admin': 'any' },
  }),
  'entry.modify': rule('change job queue entries', { sets: JOB_QUEUE_WRITERS }),
  'entry.setReady': rule('set job queue entries Ready', { sets: JOB_QUEUE_WRITERS, schedules: true }),
  'entry.wake': rule('have job queue entries run that rest because there was nothing to do', {
    sets: JOB_QUEUE_WRITERS,
  }),
  'entry.setOnHold': rule('set job queue entries On Hold', { sets: JOB_QUEUE_WRITERS }),
  'entry.runOnce': rule('run job queue entries once in the foreground', { sets: JOB_QUEUE_WRITERS }),
  'entry.restart': rule('begin anew with job queue entries', { sets: JOB_QUEUE_WRITERS, schedules: true }),
  'entry.runNow': rule('have job queue entries run now in the background', {
    sets: JOB_QUEUE_WRITERS,
    schedules: true,
  }),
  'entry.stopRun': rule('stop runs of job queue entries', { sets: JOB_QUEUE_WRITERS }),
  'entry.copy': rule('copy job queue entries', { sets: JOB_QUEUE_WRITERS }),
  'entry.delete': rule('delete job queue entries', { sets: JOB_QUEUE_WRITERS }),
  'entry.setPriority': rule('set the priority of job queue entries', { sets: JOB_QUEUE_WRITERS }),
  'entry.holdAll': rule('put many job queue entries On Hold at once', { sets: JOB_QUEUE_WRITERS }),
  'entry.releaseAll': rule('set Ready again what was put On Hold at once', {
    sets: JOB_QUEUE_WRITERS,
    schedules: true,
  }),
  'entry.deleteFailed': rule('delete job queue entries that failed for good', { sets: JOB_QUEUE_WRITERS }),
  'entry.reassign': rule('have job queue entries run as somebody else', {
    sets: { 'Job Queue Admin': 'any' },
  }),
  'cue.setThresholds': rule('say for everybody in the company from which numbers on cues need attention', {
    sets: { 'Job Queue Admin': 'any' },
  }),
  'category.read': rule('see categories of job queue entries', { ...READS, sets: JOB_QUEUE_READERS }),
  'category.change': rule('create, change and delete categories', { sets: { 'Job Queue Admin': 'any' } }),
  'approval.read': rule('see requests for approval', {
    ...READS,
    everyone: 'own',
    sets: { 'Job Queue Admin': 'any', Auditor: 'any', 'Security Admin': 'any' },
  }),
  'approval.request': rule('ask for the approval of an entry', { sets: JOB_QUEUE_WRITERS }),
  'approval.decide': rule('approve or reject what others ask for', {
    everyone: 'own',
    sets: { 'Job Queue Admin': 'any' },
    schedules: true,
  }),
  'alert.read': rule('see alerts, and mark them as seen', {
    ...READS,
    everyone: 'own',
    sets: { 'Job Queue Admin': 'any', Auditor: 'any' },
  }),
  'item.read': rule('see work items', { ...READS, sets: JOB_QUEUE_READERS }),
  'item.retry': rule('have work items tried again', { sets: ITEM_WRITERS }),
  'item.skip': rule('skip work items', { sets: ITEM_WRITERS }),
  'item.resolve': rule('declare work items resolved', { sets: ITEM_WRITERS }),
  'item.edit': rule('change the payload of work items', { sets: ITEM_WRITERS }),
  'item.assign': rule('assign work items to people', { sets: ITEM_WRITERS }),
  'item.settleCall': rule('settle calls of work items to other systems', { sets: ITEM_WRITERS }),
  'document.read': rule('see documents in the report inbox, and fetch them', { ...READS, everyone: 'own' }),
  'document.delete': rule('delete documents from the report inbox', { everyone: 'own' }),
  'task.create': rule('create scheduled tasks', { everyone: 'own', audited: false, schedules: true }),
  'task.read': rule('see scheduled tasks', {
    ...READS,
    everyone: 'own',
    sets: { 'Task Admin': 'any', 'Session Admin': 'any', Auditor: 'any' },
  }),
  'task.setReady': rule('set scheduled tasks ready', {
    everyone: 'own',
    sets: { 'Task Admin': 'any' },
    audited: false,
    schedules: true,
  }),
  'task.cancel': rule('cancel scheduled tasks', { everyone: 'own', sets: { 'Task Admin': 'any' } }),
  'task.rerunFailed': rule('run failed tasks again', {
    everyone: 'own',
    sets: { 'Task Admin': 'any' },
    schedules: true,
  }),
  'task.deleteFailed': rule('delete failed tasks', { everyone: 'own', sets: { 'Task Admin': 'any' } }),
  'task.reassign': rule('have scheduled tasks run as somebody else', { sets: { 'Task Admin': 'any' } }),
  'session.start': rule('start background sessions', { everyone: 'own', audited: false }),
  'session.read': rule('see sessions and their events', {
    ...READS,
    everyone: 'own',
    sets: { 'Session Admin': 'any', Auditor: 'any' },
  }),
  'session.stop': rule('stop sessions', { everyone: 'own', sets: { 'Session Admin': 'any' } }),
  'session.kill': rule('kill sessions', { everyone: 'own', sets: { 'Session Admin': 'any' } }),
  'page.open': rule('open pages and run background tasks for them, which only read', {
    ...READS,
    everyone: 'own',
  }),
  // For whoever may do everything: developers.
  'page.callStack': rule('see the call stacks of page background tasks that failed', READS),
  'environment.read': rule('see server instances and the environment', { ...READS, everyone: 'any' }),
  'environment.examine': rule('see what is found when the whole environment is examined', {
    ...READS,
    allCompanies: true,
  }),
  'environment.release': rule('release server instances that are held', { allCompanies: true }),
  'company.open': rule('work in the company', { everyone: 'any', audited: false }),
  'company.read': rule('see the companies that they may work in', {
    ...READS,
    everyone: 'own',
    sets: SECURITY_READERS,
  }),
  'company.create': rule('create companies', { allCompanies: true }),
  'company.rename': rule('rename companies', { allCompanies: true }),
  'company.copy': rule('copy companies', { allCompanies: true }),
  'company.delete': rule('delete companies', { allCompanies: true }),
  'company.setWorkCalendar': rule('set the work calendar of the company', {
    sets: { 'Job Queue Admin': 'any' },
  }),
  'user.read': rule('see users and what they are assigned', {
    ...READS,
    everyone: 'own',
    sets: SECURITY_READERS,
  }),
  'user.create': rule('create users', { sets: SECURITY, allCompanies: true }),
  'user.modify': rule('change users', { sets: SECURITY, allCompanies: true }),
  // Whoever has the link becomes that user.
  'user.signInLink': rule(
    'make one-time links by which people set their passwords, end their sign-ins, take away a lost authenticator',
    { everyone: 'own' },
  ),
  'user.runAsApplication': rule('have work run as an application user', { sets: SECURITY }),
  'permissionSet.read': rule('see permission sets', { ...READS, everyone: 'any' }),
  'permissionSet.create': rule('create permission sets', { sets: SECURITY, allCompanies: true }),
  'permissionSet.modify': rule('change permission sets', { sets: SECURITY, allCompanies: true }),
  'permissionSet.delete': rule('delete permission sets', { sets: SECURITY, allCompanies: true }),
  'permissionSet.assign': rule('give permission sets to users', { sets: SECURITY }),
  'permissionSet.unassign': rule('take permission sets from users', { sets: SECURITY }),
  'rights.explain': rule('have rights explained', {
    ...READS,
    everyone: 'own',
    sets: { ...SECURITY_READERS, 'Job Queue Admin': 'any' },
  }),
  'rights.record': rule('record the rights that a codeunit needs', { sets: SECURITY }),
  'rights.repair': rule('repair roles and grants in the database', { sets: SECURITY, allCompanies: true }),
  'apiKey.read': rule('see API keys', { ...READS, everyone: 'own', sets: SECURITY_READERS }),
  // One for somebody else would lend his rights; only those who have them all may do that.
  'apiKey.create': rule('create API keys', { everyone: 'own' }),
  'apiKey.revoke': rule('revoke API keys', { everyone: 'own', sets: SECURITY }),
  'audit.read': rule('read the audit log', { ...READS, sets: SECURITY_READERS }),
});

/** A name of the list above. */
export type Verb = keyof typeof VERBS;

/** How far the rights of one built-in set go for a verb; null: it gives none. */
export function reachOf(verb: Verb, set: BuiltInSet): Reach | null {
  return set === 'SUPER' ? 'any' : (VERBS[verb].sets[set] ?? null);
}
