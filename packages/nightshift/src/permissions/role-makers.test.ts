import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { companies } from '../platform/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import { createOwnedDatabase } from '../testing/plain-login.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { describeDifference, repairRoles, roleDrift } from './role-drift.ts';
import { roleNames } from './role-names.ts';

const NOTES = { name: '0001_note', sql: 'create table note (text text); create table ledger (n int)' };
const WRITER = { tables: { note: 'RI' }, codeunits: ['*'] };
const lending = codeunit({
  name: 'Post Ledger',
  inherentPermissions: { tables: { ledger: 'I' } },
  onRun: (session) => session.db.query('insert into ledger values (1)'),
});

/** That of the users who are added first. */
const GROUP = 25;

/** A platform whose login is no superuser, with a set that users may be given, and the names of its roles. */
async function plainPlatform() {
  const owned = await createOwnedDatabase('createrole');
  const kit = await startTestPlatform({ database: owned, migrations: [NOTES], codeunits: [lending] });
  onTestFinished(() => kit.stop());
  await addSets(kit, { Writer: WRITER });
  const [{ mark }] = (await kit.query('select mark from nightshift.environment')) as [{ mark: string }];
  return { kit, names: roleNames(mark), superuser: owned.target, login: owned.login };
}

async function addWriters(kit: TestPlatform, from: number, to: number): Promise<string[]> {
  const users = Array.from({ length: to - from }, (_, at) => `WRITER ${from + at}`);
  await addUsers(
    kit,
    ...users.map((name, at) => ({ name, sets: ['Writer'], columns: { no: 100 + from + at } })),
  );
  return users;
}

const FUNCTIONS =
  "select proname::text as name from pg_proc where pronamespace = 'nightshift_roles'::regnamespace order by 1";

const whoami = async (session: Session) =>
  (await session.db.query<{ who: string }>('select current_user::text as who')).rows[0]?.who;
const as = <T>(kit: TestPlatform, user: string, work: (session: Session) => Promise<T>) =>
  kit.platform.open({ user, company: 'CRONUS' }, work);

/** Which roles of users who administers; `by` such as a maker or the login. */
const administered = (kit: TestPlatform) =>
  kit.query<{ by: string; roles: number }>(
    `select m.rolname::text as by, count(*)::int as roles
    from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
    where a.admin_option and r.rolname ~ ('^ns_' || (select mark from nightshift.environment) || '_u')
    group by m.rolname order by count(*) desc, m.rolname`,
  );
const driftOf = async (kit: TestPlatform, mark: string) =>
  (await roleDrift(kit.platform.database, roleNames(mark))).map(describeDifference);

describe('with a login that is no superuser', () => {
  test('makers of few roles each make the roles of users, and let slots join them', async () => {
    const { kit, names, login } = await plainPlatform();
    const users = await addWriters(kit, 0, 19);
    for (let round = 0; round < 2; round++)
      for (const user of users) {
        const { no } = kit.platform.directory.user(user);
        expect(await as(kit, user, whoami)).toBe(names.userInCompany(no, 1));
        await as(kit, user, (session) => session.db.query('insert into note values ($1)', [user]));
        await expect(
          as(kit, user, (session) => session.db.query('select * from ledger')),
        ).rejects.toMatchObject({
          cause: { code: '42501' },
        });
      }
    const makers = await administered(kit);
    expect(makers.map(({ by }) => by)).not.toContain(login);
    expect(makers.map(({ roles }) => roles)).toEqual([4, 4, 4, 4, 3]);
    const joined = await kit.query<{ grantor: string }>(
      `select g.rolname::text as grantor from pg_auth_members a join pg_roles g on g.oid = a.grantor
      where a.member::regrole::text ~ '_s[0-9]+$' and g.rolname::text like 'ns\\_' || $1 || '%' order by 1`,
      [names.mark],
    );
    expect(joined.map(({ grantor }) => grantor)).toEqual(
      joined.map(() => expect.stringMatching(/_m2[5-9]_c1$/)),
    );
    expect(joined.length).toBeGreaterThan(0);
    expect(await driftOf(kit, names.mark)).toEqual([]);
  });

  test('roles with lent rights, and those of a company that is deleted', async () => {
    const { kit, names } = await plainPlatform();
    const [user = ''] = await addWriters(kit, 0, 1);
    await addCompany(kit, 'Second');
    await as(kit, user, (session) => session.run(lending));
    await kit.platform.open({ user, company: 'Second' }, (session) => session.run(lending));
    expect(await kit.query('select n from co_1.ledger union all select n from co_2.ledger')).toHaveLength(2);
    const ofSecond = 'select rolname from pg_roles where rolname ~ $1 order by 1';
    const pattern = `^ns_${names.mark}_.*c2(_i[0-9]+)?$`;
    expect(await kit.query(ofSecond, [pattern])).toContainEqual({ rolname: names.maker(GROUP, 2) });
    await companies.delete(kit.admin, 'Second', { confirm: 'Second' });
    expect(await kit.query(ofSecond, [pattern])).toEqual([]);
    expect(await kit.query(FUNCTIONS)).toEqual([
      { name: names.maker(GROUP, 1) },
      { name: names.maker(null, 1) },
    ]);
    await as(kit, user, (session) => session.run(lending));
  });

  test('roles that the login made itself, before there were makers, serve as before', async () => {
    const { kit, names, superuser, login } = await plainPlatform();
    const [first = '', second = ''] = await addWriters(kit, 0, 2);
    await as(kit, first, whoami);
    await as(kit, second, whoami);
    const roles = [first, second].map((name) => names.userInCompany(kit.platform.directory.user(name).no, 1));
    for (const role of roles) {
      const hand = `revoke ${role} from ${names.maker(GROUP, 1)} cascade;
        grant ${role} to "${login}" with admin true, inherit false, set false`;
      await superuser.query(hand);
    }
    expect(await administered(kit)).toEqual([{ by: login, roles: 2 }]);
    for (let round = 0; round < 2; round++)
      for (const [at, user] of [first, second].entries()) expect(await as(kit, user, whoami)).toBe(roles[at]);
  });

  test('a maker that has lost its function gets it back: when it is to make a role, or by a repair', async () => {
    const { kit, names } = await plainPlatform();
    const [first = '', second = '', third = ''] = await addWriters(kit, 0, 3);
    const maker = names.maker(GROUP, 1);
    const drop = `drop function nightshift_roles.${maker}(text)`;
    await as(kit, first, whoami);
    await kit.query(drop);
    expect(await as(kit, second, whoami)).toMatch(/_u\d+_c1$/);
    expect(await as(kit, first, whoami)).toMatch(/_u\d+_c1$/);
    await kit.query(drop);
    expect(await driftOf(kit, names.mark)).toEqual([
      `The function of role ${maker} is missing, or others may call it.`,
    ]);
    await kit.platform.database.transaction((tx) => repairRoles(tx, names));
    expect(await driftOf(kit, names.mark)).toEqual([]);
    for (const user of [third, second, first]) expect(await as(kit, user, whoami)).toMatch(/_u\d+_c1$/);
    expect(await kit.query(FUNCTIONS)).toHaveLength(2);
  });

  test('nobody but the login calls a maker', async () => {
    const { kit, names } = await plainPlatform();
    await addUsers(kit, { name: 'BOSS', sets: ['SUPER'], columns: { no: 100 } });
    const call = `select nightshift_roles.${names.maker(GROUP, 1)}('create role ns_evil')`;
    await expect(as(kit, 'BOSS', (session) => session.db.query(call))).rejects.toMatchObject({
      cause: { code: '42501' },
    });
    // Also where somebody was let into the schema.
    await kit.query('grant usage on schema nightshift_roles to public');
    await expect(as(kit, 'BOSS', (session) => session.db.query(call))).rejects.toMatchObject({
      cause: { code: '42501' },
    });
    expect(await kit.query("select from pg_roles where rolname = 'ns_evil'")).toEqual([]);
  });

  test('what is done to makers by hand is found and repaired', async () => {
    const { kit, names, superuser } = await plainPlatform();
    const [first = ''] = await addWriters(kit, 0, 1);
    await as(kit, first, whoami);
    const maker = names.maker(GROUP, 1);
    const set = names.setInCompany(
      kit.platform.directory.permissionSets.find(({ name }) => name === 'Writer')?.no ?? 0,
      1,
    );
    const hand = `alter role ${maker} createdb login; grant ${set} to ${maker}; comment on role ${maker} is 'mine';
      grant usage on schema nightshift_roles to public; grant execute on function nightshift_roles.${maker}(text) to public`;
    await superuser.query(hand);
    const drift = await driftOf(kit, names.mark);
    expect(drift).toEqual(
      expect.arrayContaining([
        `Role ${maker} has CREATEDB, LOGIN, and must not.`,
        `Role ${maker} is a member of ${set} in a way that it should not be.`,
        'Role public has USAGE on schema nightshift_roles, and must not.',
        `The function of role ${maker} is missing, or others may call it.`,
      ]),
    );
    expect(drift).toHaveLength(4);
    const login = `do $$ begin execute format('alter role %I createdb', pg_get_userbyid((select datdba
      from pg_database where datname = current_database()))); end $$`;
    await superuser.query(login); // or it may not take that from others
    await kit.platform.database.transaction((tx) => repairRoles(tx, names));
    // What a superuser granted is his to take back.
    expect(await driftOf(kit, names.mark)).toEqual([drift.find((each) => each.includes('is a member'))]);
  });

  test('a superuser who repairs leaves the functions to the login of the platform', async () => {
    const { kit, names, superuser } = await plainPlatform();
    const [first = '', second = ''] = await addWriters(kit, 0, 2);
    await as(kit, first, whoami);
    const drop = `drop function nightshift_roles.${names.maker(GROUP, 1)}(text)`;
    await superuser.query(drop);
    const other = await openDatabase({ url: superuser.url, applicationName: 'test' });
    onTestFinished(() => other.close());
    expect((await roleDrift(other, names)).map(({ kind }) => kind)).toEqual(['maker-function']);
    await other.transaction((tx) => repairRoles(tx, names));
    expect(await roleDrift(other, names)).toEqual([]);
    expect(await driftOf(kit, names.mark)).toEqual([]);
    for (const user of [second, first]) expect(await as(kit, user, whoami)).toMatch(/_u\d+_c1$/);
  });

  test('a copy of the database has makers of its own', async () => {
    const { kit, names, superuser, login } = await plainPlatform();
    const [first = ''] = await addWriters(kit, 0, 1);
    await as(kit, first, whoami);
    await kit.stop();
    const granted = `select count(*)::int as n from pg_auth_members
      where grantor::regrole::text = $1 and member::regrole::text ~ '_s[0-9]+$'`;
    const before = await superuser.query(granted, [names.maker(GROUP, 1)]);
    expect(before).not.toEqual([{ n: 0 }]);
    const copy = await createTestDatabase({ template: superuser.name });
    onTestFinished(() => copy.drop());
    const give = `alter database ${copy.name} owner to "${login}"`;
    await copy.query(give);
    const url = new URL(copy.url);
    [url.username, url.password] = [login, 'known'];
    const copied = await startTestPlatform({
      database: { url: url.href },
      migrations: [NOTES],
      codeunits: [lending],
    });
    onTestFinished(() => copied.stop());
    const who = await as(copied, first, whoami);
    expect(who).toMatch(/_u\d+_c1$/);
    expect(who).not.toContain(names.mark);
    expect(await copied.query(FUNCTIONS)).toHaveLength(2);
    // What the makers of its origin have granted stays.
    expect(await superuser.query(granted, [names.maker(GROUP, 1)])).toEqual(before);
  });
});
