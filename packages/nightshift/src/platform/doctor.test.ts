import { describe, expect, test } from 'vitest';
import { CONNECTIONS_PER_INSTANCE, findingsOf, NAMED_ENTRIES_MAX } from './doctor.ts';
import type { DoctorFacts, EntryFacts, InstanceFacts, ServerFacts, WorkFacts } from './doctor-facts.ts';
import type { Finding, FindingTopic } from './finding.ts';

const SERVER: ServerFacts = {
  version: '18.4',
  login: 'app',
  isSuperuser: false,
  mayCreateRoles: true,
  mayCreate: true,
  readOnly: false,
  connectionsMax: 97,
  connectionsOurs: 5,
  connectionsOthers: 3,
  pooled: false,
  clockAheadMs: 12,
};
const INSTANCE: InstanceFacts = {
  place: 1,
  host: 'vm',
  processId: 42,
  version: '0.1.0',
  runsTasks: true,
  codeunits: ['Job Queue Dispatcher', 'Sync'],
  silentMs: 300,
  blocked: null,
  held: null,
  newerMigration: null,
};
const ENTRY: EntryFacts = {
  entryNo: 7,
  company: 'CRONUS',
  object: 'Sync',
  status: 'Ready',
  hasTask: true,
  error: null,
};
const WORK: WorkFacts = {
  environment: { name: 'production', identity: 'approved' },
  enforcement: 'database',
  roles: { drift: [], unknownTables: [] },
  instances: [INSTANCE],
  entries: [ENTRY],
  frequentStarts: [],
  tasks: [],
  failedTasks: [],
  people: { obsoleteSets: [], shadowedSets: [], goneUsers: [], administrators: 1 },
};

function findings(facts: Partial<DoctorFacts>): readonly Finding[] {
  return findingsOf({
    address: 'h/d',
    unreachable: null,
    server: SERVER,
    schema: null,
    work: WORK,
    ...facts,
  });
}

/** What is wrong: `error topic: message`. */
function wrong(facts: Partial<DoctorFacts>): readonly string[] {
  return findings(facts)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, topic, message }) => `${level} ${topic}: ${message}`);
}

const withServer = (server: Partial<ServerFacts>) => wrong({ server: { ...SERVER, ...server } });
const withWork = (work: Partial<WorkFacts>) => wrong({ work: { ...WORK, ...work } });

test('when all is well every topic has a finding, and none needs help', () => {
  const all = findings({});
  expect(all.map(({ level }) => level)).toEqual(all.map(() => 'ok'));
  expect(all.map(({ help }) => help)).toEqual(all.map(() => null));
  const topics: FindingTopic[] = [
    'database',
    'schema',
    'clock',
    'rights',
    'environment',
    'connections',
    'instances',
    'sessions',
    'people',
    'entries',
    'tasks',
  ];
  expect(new Set(all.map(({ topic }) => topic))).toEqual(new Set(topics));
});

describe('the database', () => {
  test('that does not answer is the only finding', () => {
    const unreachable = { code: 'DATABASE_UNAVAILABLE', message: 'No answer.', help: 'Look.' };
    const all = findings({ unreachable, server: null, work: null });
    expect(all).toEqual([{ level: 'error', topic: 'database', message: 'No answer.', help: 'Look.' }]);
  });

  test('behind a pooler, or read-only', () => {
    expect(withServer({ pooled: true })).toEqual([
      expect.stringMatching(/^error database: A connection pooler/),
    ]);
    expect(withServer({ readOnly: true })).toEqual([expect.stringMatching(/^error database: .* read-only/)]);
  });

  test('whose roles are not as the permission sets say, or whose sets name tables that are nowhere', () => {
    const drift = Array.from({ length: 7 }, (_, at) => `Role r${at} is missing.`);
    const unknownTables = [{ permissionSet: 'CLERK', table: 'oder' }];
    expect(withWork({ roles: { drift, unknownTables } })).toEqual([
      expect.stringMatching(
        /^error rights: 7 roles or grants are not as .*: Role r0 .* Role r4 is missing\. And 2 more\.$/,
      ),
      'warning rights: Permission sets name tables that no company has: oder (CLERK).',
    ]);
    expect(withWork({ roles: null })).toEqual([]);
  });

  test('with another schema', () => {
    const schema = {
      code: 'SCHEMA_MISSING',
      message: 'It lacks 2 migrations.',
      help: 'Run "nightshift migrate".',
    };
    expect(wrong({ schema, work: null })).toEqual(['error schema: It lacks 2 migrations.']);
  });

  test('whose clock differs', () => {
    expect(withServer({ clockAheadMs: -1_999 })).toEqual([]);
    expect(withServer({ clockAheadMs: 2_500 })).toEqual([
      expect.stringMatching(/^warning clock: .* 2\.5 s ahead of/),
    ]);
    expect(withServer({ clockAheadMs: -3_600_000 })).toEqual([
      expect.stringMatching(/^error clock: .* 1 h behind/),
    ]);
  });

  test('whose login lacks rights', () => {
    expect(withServer({ mayCreateRoles: false, mayCreate: false })).toEqual([
      expect.stringMatching(/^error rights: Login app lacks CREATEROLE and CREATE on the database/),
    ]);
    expect(withServer({ isSuperuser: true, mayCreateRoles: false })).toEqual([]);
  });

  test('with too few connections', () => {
    const room = CONNECTIONS_PER_INSTANCE + SERVER.connectionsOthers;
    expect(withServer({ connectionsMax: room * 2 })).toEqual([]);
    expect(withServer({ connectionsMax: room })).toEqual([expect.stringMatching(/^warning connections/)]);
    expect(withServer({ connectionsMax: room - 1 })).toEqual([expect.stringMatching(/^error connections/)]);
  });
});

describe('instances', () => {
  test('none at all, with entries that are Ready', () => {
    expect(withWork({ instances: [] })).toEqual([
      expect.stringMatching(/^warning instances: No server instance runs tasks/),
      'error entries: 1 entry is Ready, and no server instance runs tasks.',
    ]);
    expect(withWork({ instances: [], entries: [] })).toHaveLength(1);
  });

  test('one that runs no tasks is as none', () => {
    expect(withWork({ instances: [{ ...INSTANCE, runsTasks: false }] })).toHaveLength(2);
  });

  test('one whose main thread is blocked, with who does it and what to do', () => {
    const by = {
      codeunit: 'Post Orders',
      sessionId: 1_048_577,
      company: 'CRONUS',
      user: 'ADMIN',
      file: '/app/post-orders.ts',
      line: 12,
      function: 'post',
    };
    const blocked = { ms: 12_345, by };
    const [finding] = findings({ work: { ...WORK, instances: [{ ...INSTANCE, blocked }] } }).filter(
      ({ level }) => level !== 'ok',
    );
    expect(finding).toEqual({
      level: 'warning',
      topic: 'instances',
      message:
        'Instance 1 (process 42 on vm): its main thread has been blocked for 12.3 s by codeunit Post Orders at /app/post-orders.ts:12: nothing else runs there.',
      help: "Give the codeunit isolation: 'thread', or let it await between pieces.",
    });
    const unknown = { ...by, codeunit: null, file: null, line: null };
    expect(withWork({ instances: [{ ...INSTANCE, blocked: { ms: 5_000, by: unknown } }] })).toEqual([
      'warning instances: Instance 1 (process 42 on vm): its main thread has been blocked for 5.0 s by code at an unknown place: nothing else runs there.',
    ]);
    // Whether it still is, nobody knows.
    expect(withWork({ instances: [INSTANCE, { ...INSTANCE, place: 2, silentMs: 20_000, blocked }] })).toEqual(
      [expect.stringMatching(/^warning instances: Instance 2 .* has been silent/)],
    );
  });

  test('one that has fallen silent', () => {
    const silent = { ...INSTANCE, place: 2, silentMs: 20_000 };
    expect(withWork({ instances: [INSTANCE, silent] })).toEqual([
      'warning instances: Instance 2 (process 42 on vm) has been silent for 20.0 s; its work is freed by the next instance that starts.',
    ]);
  });
});

describe('entries', () => {
  test('whose codeunit no instance has, or not all', () => {
    const entries = [{ ...ENTRY, object: 'Gone' }];
    expect(withWork({ entries })).toEqual([
      'error entries: Entry 7 (Gone, CRONUS): no live server instance has its codeunit.',
    ]);
    const other = { ...INSTANCE, place: 2, codeunits: ['Gone'] };
    expect(withWork({ entries, instances: [INSTANCE, other] })).toEqual([
      'warning entries: Entry 7 (Gone, CRONUS): its codeunit is missing in Instance 1 (process 42 on vm).',
    ]);
  });

  test('that are Ready or In Process without a task', () => {
    const entries = [
      { ...ENTRY, hasTask: false },
      { ...ENTRY, entryNo: 8, status: 'In Process', hasTask: false },
      { ...ENTRY, entryNo: 9, status: 'Waiting', hasTask: false },
    ];
    expect(withWork({ entries })).toEqual([
      'error entries: Entry 7 (Sync, CRONUS) is Ready, but has no task: it will not run.',
      'error entries: Entry 8 (Sync, CRONUS) is In Process, but has no task: it will not run.',
    ]);
  });

  test('in Error, with the reason and the way on', () => {
    const entries = [{ ...ENTRY, status: 'Error', hasTask: false, error: 'Shop is closed.' }];
    const [finding] = findings({ work: { ...WORK, entries } }).filter(({ level }) => level === 'error');
    expect(finding?.message).toBe('Entry 7 (Sync, CRONUS) is in status Error: Shop is closed.');
    expect(finding?.help).toContain('nightshift entry ready 7');
  });

  test('very many are named up to a point, and counted', () => {
    const entries = Array.from({ length: 100 }, (_, at) => ({ ...ENTRY, entryNo: at, hasTask: false }));
    const found = withWork({ entries });
    expect(found).toHaveLength(NAMED_ENTRIES_MAX + 1);
    expect(found.at(-1)).toBe(`error entries: ${100 - NAMED_ENTRIES_MAX} more entries do not run.`);
  });
});

describe('tasks', () => {
  const task = { codeunit: 'Sync', company: 'CRONUS', tasks: 3, late: 0, orphaned: 0 };

  test('for a codeunit that nobody has', () => {
    expect(withWork({ tasks: [{ ...task, codeunit: 'Gone', late: 3 }] })).toEqual([
      'error tasks: 3 tasks wait for a codeunit that no live server instance has (Gone, CRONUS).',
    ]);
  });

  test('that are late, with and without somebody to run them', () => {
    const tasks = [{ ...task, late: 2 }];
    expect(withWork({ tasks })).toEqual([
      'warning tasks: 2 tasks have been due for more than a minute (Sync, CRONUS).',
    ]);
    expect(withWork({ tasks, instances: [], entries: [] })).toContainEqual(
      'error tasks: 2 tasks have been due for more than a minute (Sync, CRONUS).',
    );
  });

  test('that a dead instance holds', () => {
    expect(withWork({ tasks: [{ ...task, orphaned: 1 }] })).toEqual([
      'error tasks: 1 task is claimed by an instance that is no more (Sync, CRONUS).',
    ]);
  });

  test('that failed for good', () => {
    const failed = { codeunit: 'Sync', company: 'CRONUS', tasks: 2, lastFailedAt: new Date(0), error: 'No.' };
    const failedTasks = [
      { ...failed, isPoison: false },
      { ...failed, tasks: 1, isPoison: true },
    ];
    expect(withWork({ failedTasks })).toEqual([
      'warning tasks: 2 tasks failed for good (Sync, CRONUS); the last one: No.',
      'error tasks: 1 task is poison (Sync, CRONUS); the last one: No.',
    ]);
  });
});

describe('an instance of an older release than the database', () => {
  test('is an error, and nothing runs on it', () => {
    const old = { ...INSTANCE, newerMigration: '0099_next' };
    const wrongs = withWork({ instances: [old] });
    expect(wrongs).toContain(
      'error instances: Instance 1 (process 42 on vm) claims no tasks: the database has migration 0099_next, which its release 0.1.0 does not know.',
    );
    expect(wrongs).toContainEqual(expect.stringMatching(/^warning instances: No server instance runs tasks/));
    expect(withWork({ instances: [old, { ...INSTANCE, place: 2 }] })).toHaveLength(1);
  });
});

describe('the environment', () => {
  const held = { ...INSTANCE, held: 'The database is a copy.' };
  const help = expect.stringContaining('nightshift environment release');

  test('in which an instance is held: it is an error, and what waits is told to be released', () => {
    const all = findings({ work: { ...WORK, instances: [held] } });
    expect(all.filter(({ topic }) => topic === 'environment')).toEqual([
      {
        level: 'error',
        topic: 'environment',
        message: 'Instance 1 (process 42 on vm) is held and runs no tasks: The database is a copy.',
        help,
      },
    ]);
    const others = all.filter(({ level, topic }) => level !== 'ok' && topic !== 'environment');
    expect(others.map(({ topic }) => topic)).toEqual(['instances', 'entries']);
    expect(others.map((finding) => finding.help)).toEqual([help, help]);
  });

  test('in which one of two is held: the other does the work', () => {
    const instances = [held, { ...INSTANCE, place: 2 }];
    expect(withWork({ instances })).toEqual([
      expect.stringMatching(/^error environment: Instance 1 .* is held/),
    ]);
  });

  test('that is a copy in which nobody runs yet', () => {
    const environment = { name: 'production', identity: 'other-database' as const };
    expect(withWork({ environment })).toEqual([
      expect.stringMatching(/^warning environment: .* a copy of .*"production".* are held\.$/),
    ]);
  });

  test('that has no name yet', () => {
    expect(withWork({ environment: { name: null, identity: 'new' } })).toEqual([]);
  });
});
