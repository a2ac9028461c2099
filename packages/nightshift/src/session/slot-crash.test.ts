import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { ensureRoles, readDirectory } from '../permissions/index.ts';
import { createPlatform } from '../platform/index.ts';
import { SlotPool } from './slots.ts';

const EPOCH = '00000000-0000-4000-8000-000000000001';
const REGISTER = `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks)
  values ($1, 9, 'h', 1, '0', '{}', false)`;

// A server of its own, that keeps what it has committed as in production. A change of user is not waited for until it is
// on the disk; so a crash may take it back, with every connection that believes in it.
test('PostgreSQL crashes between the change of a slot and its use: it never works as somebody else', async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'ns-slot-crash-')));
  await chmod(folder, 0o755); // as root the server runs as nobody, who must get in
  const options = { dataDirectory: path.join(folder, 'postgres') };
  let server = await startEmbeddedPostgres(options);
  const platform = await createPlatform({ database: { url: server.url } });
  await platform.stop();
  const database = await openDatabase({ url: server.url, applicationName: 'test' });
  const names = await ensureRoles(database, await readDirectory(database));
  try {
    await database.exclusively(async (client) => {
      await client.query("insert into nightshift.app_user (name) values ('SECOND')");
      await client.query(REGISTER, [EPOCH]);
    });
    const pool = new SlotPool(database, names, EPOCH, 1);
    const identities = [1, 2].map((userNo) => ({ userNo, companyNo: 1, lentNo: null }));
    for (const identity of [...identities, ...identities]) {
      const changed = await pool.acquire(identity);
      await server.stop({ mode: 'immediate' });
      await expect(changed.client.query(changed.preamble)).rejects.toThrow();
      pool.release(changed, false);
      server = await startEmbeddedPostgres(options);
      const slot = await pool.acquire(identity);
      await slot.client.query(slot.preamble);
      const { rows } = await slot.client.query(
        `select current_user as who, array(select roleid::regrole::text from pg_auth_members
          where member = session_user::regrole) as roles`,
      );
      const role = names.userInCompany(identity.userNo, 1);
      expect(rows).toEqual([{ who: role, roles: [role] }]);
      await slot.client.query('commit');
      pool.release(slot, true);
    }
    await pool.close();
  } finally {
    await database.close();
    await server.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres(options);
    await rm(folder, { recursive: true, force: true });
  }
}, 90_000);
