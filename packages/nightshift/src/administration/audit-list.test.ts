import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import { createPlatform } from '../platform/index.ts';
import { createOwnedDatabase } from '../testing/plain-login.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { assignPermissionSet } from './assignments.ts';
import { type AuditFilter, listAuditLog } from './audit-list.ts';
import { createUser, modifyUser } from './users.ts';

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform();
  await addCompany(kit, 'BRANCH');
  await addUsers(
    kit,
    { name: 'AUDITOR', sets: ['Auditor'] },
    { name: 'BRANCH AUDITOR', sets: ['Auditor'], company: 'BRANCH' },
    { name: 'CLERK', sets: ['Job Queue View'] },
    { name: 'TARGET', sets: [] },
  );
  await modifyUser(kit.admin, 'TARGET', { fullName: 'Before' });
  await modifyUser(kit.admin, 'TARGET', { fullName: 'After', canSchedule: false });
  await assignPermissionSet(kit.admin, { user: 'TARGET', permissionSet: 'Task Admin', company: 'BRANCH' });
  await createUser(as('CLERK'), { name: 'SMUGGLED' }).catch(() => undefined);
});
afterAll(() => kit.stop());

const as = (user: string, company = 'CRONUS') => kit.platform.as({ user, company });
const list = (filter: AuditFilter = {}) => listAuditLog(as('AUDITOR'), filter);
const refusal = (code: string, field: string | null = null) => expect.objectContaining({ code, field });

describe('the audit log', () => {
  test('tells who did what to what, newest first, with what differed', async () => {
    const [assigned, second, first] = await list({ object: 'TARGET' });
    expect(second).toEqual({
      id: second?.id,
      at: expect.any(Date),
      user: 'ADMIN',
      userNo: 1,
      company: 'CRONUS',
      verb: 'user.modify',
      object: { kind: 'user', id: expect.stringMatching(/^\d+$/), name: 'TARGET' },
      before: { fullName: 'Before', canSchedule: true },
      after: { fullName: 'After', canSchedule: false },
      result: 'allowed',
      errorCode: null,
      reason: null,
      sessionUniqueId: null,
      correlationId: null,
    });
    expect(first?.before).toEqual({ fullName: '' });
    expect(assigned).toMatchObject({
      company: 'BRANCH',
      after: { permissionSet: 'Task Admin', company: 'BRANCH' },
    });
    expect(await list({ result: 'denied', user: 'CLERK' })).toMatchObject([
      {
        verb: 'user.create',
        errorCode: 'PERMISSION_DENIED',
        reason: expect.stringMatching(/^User CLERK may not create/),
      },
    ]);
  });

  test('is found by time, user, verb, object, company and correlation', async () => {
    const verbs = async (filter: AuditFilter) => (await list(filter)).map(({ verb }) => verb);
    expect(await verbs({ user: 'ADMIN', verbs: ['user.modify'] })).toEqual(['user.modify', 'user.modify']);
    expect(await verbs({ company: 'BRANCH' })).toEqual(['permissionSet.assign']);
    expect(await verbs({ objectKind: 'entry' })).toEqual([]);
    expect(await verbs({ correlationId: randomUuid() })).toEqual([]);
    const [newest] = await list({ verbs: ['user.modify'], limit: 1 });
    const at = newest?.at ?? new Date(0);
    expect(await verbs({ verbs: ['user.modify'], from: at })).toHaveLength(1);
    expect(await verbs({ verbs: ['user.modify'], to: at })).toHaveLength(1);
    expect(await verbs({ to: new Date(0) })).toEqual([]);
    expect(await verbs({ user: 'NOBODY' })).toEqual([]);
    // Also under the name that he has now.
    await modifyUser(kit.admin, 'TARGET', { name: 'TARGET 2' });
    await modifyUser(kit.admin, 'TARGET 2', { name: 'TARGET' });
    const [renamed] = await list({ verbs: ['user.modify'], limit: 1 });
    expect(await verbs({ object: renamed?.object.id ?? '', objectKind: 'user' })).toHaveLength(5);
  });

  test('is read page by page without losing or repeating a row, also when rows have one time', async () => {
    await kit.query(
      `insert into nightshift.audit_log (id, at, user_name, verb, object_kind, result)
       select gen_random_uuid(), timestamptz '2020-01-01' + (n / 10) * interval '1 microsecond', 'BULK', 'bulk', 'bulk', 'allowed'
       from generate_series(1, 1203) n`,
    );
    const seen: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await list({ verbs: ['bulk'], limit: 500, ...(before === undefined ? {} : { before }) });
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1)?.id;
      if (page.length < 500) break;
    }
    expect(seen).toHaveLength(1_203);
    expect(new Set(seen).size).toBe(1_203);
    expect(await list({ before: randomUuid() })).toEqual([]);
    expect(await list({ verbs: ['bulk'] })).toHaveLength(100);
  });

  test('of a company is all that its auditor sees', async () => {
    const branch = as('BRANCH AUDITOR', 'BRANCH');
    const companies = new Set((await listAuditLog(branch)).map(({ company }) => company));
    expect(companies).toEqual(new Set(['BRANCH']));
    expect(await listAuditLog(branch, { company: 'BRANCH' })).toHaveLength(1);
    const denied = refusal('PERMISSION_DENIED');
    await expect(listAuditLog(branch, { company: 'CRONUS' })).rejects.toThrow(denied);
    await expect(listAuditLog(as('BRANCH AUDITOR'))).rejects.toThrow(denied);
    await expect(listAuditLog(as('CLERK'))).rejects.toThrow(denied);
    expect(await list({ result: 'denied', verbs: ['audit.read'], user: 'CLERK' })).toHaveLength(1);
  });

  test.each<[string, string, unknown]>([
    ['VALIDATION', 'filter', null],
    ['VALIDATION', 'limit', { limit: 0 }],
    ['VALIDATION', 'limit', { limit: 501 }],
    ['VALIDATION', 'limit', { limit: '1' }],
    ['VALIDATION', 'user', { user: 7 }],
    ['VALIDATION', 'user', { user: 'NUL\0' }],
    ['VALIDATION', 'verbs', { verbs: 'user.modify' }],
    ['VALIDATION', 'verbs', { verbs: [] }],
    ['VALIDATION', 'objectKind', { objectKind: '' }],
    ['VALIDATION', 'object', { object: '\ud83d' }],
    ['VALIDATION', 'result', { result: 'refused' }],
    ['VALIDATION', 'correlationId', { correlationId: '1' }],
    ['VALIDATION', 'from', { from: '2026-01-01' }],
    ['VALIDATION', 'to', { to: new Date(Number.NaN) }],
    ['VALIDATION', 'before', { before: 'x' }],
    ['VALIDATION', 'since', { since: new Date(0) }],
    ['COMPANY_UNKNOWN', 'company', { company: 'NOWHERE' }],
  ])('refuses a filter that is %s at %s', async (code, field, filter) => {
    await expect(list(filter as AuditFilter)).rejects.toThrow(refusal(code, field));
  });
});

describe('rows of the audit log', () => {
  const changes = [
    `update nightshift.audit_log set user_name = 'SOMEBODY'`,
    'delete from nightshift.audit_log',
    `delete from nightshift.audit_log where id = gen_random_uuid()`,
    'truncate nightshift.audit_log',
    'truncate nightshift.audit_log cascade',
    `merge into nightshift.audit_log l using (select 1) s on true when matched then delete`,
    `insert into nightshift.audit_log select l.* from nightshift.audit_log l limit 1 on conflict (id) do update set verb = 'x'`,
  ];

  test.each(changes)('stay as they are, for the superuser who owns the table: %s', async (sql) => {
    await expect(kit.query(sql)).rejects.toMatchObject({ code: 'NS003' });
  });

  test.each(changes)('stay as they are with triggers turned off for replication: %s', async (sql) => {
    const client = new pg.Client({ connectionString: kit.database?.url ?? '' });
    await client.connect();
    try {
      await client.query('set session_replication_role = replica');
      await expect(client.query(sql)).rejects.toMatchObject({ code: 'NS003' });
    } finally {
      await client.end();
    }
  });

  test('stay as they are for a login of the platform that is no superuser and owns the table', async () => {
    const { url, login } = await createOwnedDatabase('createrole');
    const platform = await createPlatform({ database: { url }, environment: 'test' });
    try {
      const admin = platform.as({ user: 'ADMIN', company: 'CRONUS' });
      await createUser(admin, { name: 'ANNA' });
      const owner = await platform.database.exclusively((client) =>
        client.query(`select tableowner from pg_tables where tablename = 'audit_log'`),
      );
      expect(owner.rows).toEqual([{ tableowner: login }]);
      for (const sql of changes) {
        const change = platform.database.exclusively((client) => client.query(sql));
        await expect(change, sql).rejects.toMatchObject({ code: '42501' });
      }
      expect(await listAuditLog(admin)).toMatchObject([{ verb: 'user.create', object: { name: 'ANNA' } }]);
    } finally {
      await platform.stop();
    }
  });

  test('are nothing that a session could read or add to, whoever runs it', async () => {
    for (const sql of [
      'select * from nightshift.audit_log',
      `insert into nightshift.audit_log (id, user_name, verb, object_kind, result)
       values (gen_random_uuid(), 'CLERK', 'x', 'x', 'allowed')`,
      'copy nightshift.audit_log to stdout',
    ]) {
      const run = kit.open((session) => session.db.query(sql));
      await expect(run).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    }
  });
});
