// The web client of the demonstration, served from its own process, so that it stays while the server instance is killed.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { type Identity, type Platform, permissionSets, users } from 'nightshift';
import { createServer, createSignInLink } from 'nightshift/server';

const USER = 'DEMO';
const PASSWORD = 'a calm night shift';
/** All that there is to see and to do, but giving rights: whoever may do that needs an authenticator. */
const SETS = ['Order Sync', 'Job Queue Admin', 'Task Admin', 'Session Admin', 'Auditor'];

/** A web client that is served. */
export interface DemoWeb {
  readonly address: string;
  /** How to sign in. */
  readonly invitation: string;
  close(): Promise<void>;
}

/** Builds the web client if need be, makes somebody who may sign in, and serves it. */
export async function serveWeb(root: string, platform: Platform, administrator: Identity): Promise<DemoWeb> {
  spawnSync(process.execPath, [path.join(root, 'packages/web/build.ts')], { stdio: 'inherit' });
  const admin = platform.as(administrator);
  await users.create(admin, { name: USER, fullName: 'Dana Demo' });
  for (const permissionSet of SETS)
    await permissionSets.assign(admin, { user: USER, permissionSet, company: null });
  const link = await createSignInLink(platform, admin, USER);
  const server = createServer(platform);
  const address = await server.listen();
  const body = JSON.stringify({ token: link.split('#')[1], newPassword: PASSWORD });
  const headers = { 'content-type': 'application/json', origin: address };
  const answer = await fetch(`${address}/api/v1/signIn/actions/setPassword`, {
    method: 'POST',
    headers,
    body,
  });
  if (!answer.ok) throw new Error(`The password of ${USER} could not be set: ${await answer.text()}`);
  return {
    address,
    invitation: `sign in as ${USER} with the password: ${PASSWORD}`,
    close: () => server.close({ atOnce: true }),
  };
}
