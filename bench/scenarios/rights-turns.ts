import type { Socket } from 'node:net';
import type { Platform } from 'nightshift';
import type pg from 'pg';
import { IDENTITY } from '../systems/nightshift.ts';
import type { RightsWorld } from './rights-setup.ts';

/** What the groups work with. */
export interface RightsWorlds {
  readonly few: RightsWorld;
  readonly many: RightsWorld;
  /** As many, but the platform's login is no superuser. */
  readonly plain: RightsWorld;
  /** A connection without Nightshift, pipelined as ours are, to compare. */
  readonly bare: pg.Client;
}

/** Something that is measured by itself. */
interface RightsMember {
  readonly name: string;
  /** Does it once. @returns how long it took, in microseconds */
  once(): Promise<number>;
}

/** Things that are measured in turn, of which the first is what the others are compared with. */
export interface RightsGroup {
  readonly name: string;
  readonly times: number;
  readonly members: readonly RightsMember[];
}

/** Each has three permission sets. */
const TWO_USERS = ['USER 2', 'USER 3'] as const;
const STATEMENT = { name: 'bench_one', text: 'select 1' };

/** The groups. */
export async function rightsGroups({
  few,
  many,
  plain,
  bare,
}: RightsWorlds): Promise<readonly RightsGroup[]> {
  await bare.query(BARE_ROLES);
  return [
    {
      name: 'transaction of one statement',
      times: 1_000,
      members: [
        // On the same connection: which processor a backend works on makes as much of a difference.
        { name: 'bare: begin', once: beginsWith(few.platform, () => 'begin') },
        { name: 'with the preamble', once: beginsWith(few.platform, ({ preamble }) => preamble) },
      ],
    },
    {
      name: 'slot of another user, to the answer of its first statement',
      times: 300,
      members: [
        { name: 'no change: of the same user', once: changes(few.platform, ['USER 2']) },
        { name: 'bare: revoke and grant in one message, not synchronised', once: bareChange(bare) },
        { name: 'few users', once: changes(few.platform, TWO_USERS) },
        { name: '1,000 users × 50 sets', once: changes(many.platform, TWO_USERS) },
        { name: 'the same, one of them has all 50 sets', once: changes(many.platform, ['USER 1', 'USER 2']) },
        { name: '1,000 users × 50 sets, login with CREATEROLE', once: changes(plain.platform, TWO_USERS) },
      ],
    },
    {
      name: 'opening a company, to the end of a session with one statement',
      times: 300,
      members: [
        { name: 'few users', once: opens(few.platform, [IDENTITY.user]) },
        { name: '1,000 users × 50 sets', once: opens(many.platform, [IDENTITY.user]) },
        { name: 'few users, two in turn', once: opens(few.platform, TWO_USERS) },
        { name: '1,000 users × 50 sets, two in turn', once: opens(many.platform, TWO_USERS) },
      ],
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) * 1_000;
}

/** In two writes: what begins it with its statement, and the end. Only the first is timed. */
async function transaction(client: pg.Client, beginning: string): Promise<number> {
  const { stream } = (client as pg.Client & { readonly connection: { readonly stream: Socket } }).connection;
  const took = await timed(async () => {
    stream.cork();
    const sent = [client.query(beginning), client.query(STATEMENT)];
    stream.uncork();
    await Promise.all(sent);
  });
  await client.query('commit');
  return took;
}

function beginsWith(
  { instance, directory }: Platform,
  beginning: (slot: { readonly preamble: string }) => string,
): () => Promise<number> {
  const { slots } = instance.host;
  return async () => {
    const { user, company } = IDENTITY;
    const slot = await slots.acquire({
      userNo: directory.user(user).no,
      companyNo: directory.company(company).no,
      lentNo: null,
    });
    const took = await transaction(slot.client, beginning(slot));
    slots.release(slot, true);
    return took;
  };
}

/** Users in turn: each finds the slot of the other one. */
function changes({ instance, directory }: Platform, users: readonly string[]): () => Promise<number> {
  const { slots } = instance.host;
  let turn = 0;
  return async () => {
    const user = directory.user(users[turn++ % users.length] ?? '');
    const begun = performance.now();
    const slot = await slots.acquire({ userNo: user.no, companyNo: 1, lentNo: null });
    const acquired = (performance.now() - begun) * 1_000;
    const took = await transaction(slot.client, slot.preamble);
    slots.release(slot, true);
    return acquired + took;
  };
}

function opens(platform: Platform, users: readonly string[]): () => Promise<number> {
  let turn = 0;
  return () => {
    const user = users[turn++ % users.length] ?? IDENTITY.user;
    const identity = { user, company: IDENTITY.company };
    return timed(() => platform.open(identity, (session) => session.db.query('select 1')));
  };
}

const BARE_ROLES = `create role bench_one; create role bench_other; create role bench_slot;
  grant bench_other to bench_slot with inherit false, set true`;
const BARE_CHANGES = [
  `begin; set local synchronous_commit = off; revoke bench_other from bench_slot;
  grant bench_one to bench_slot with inherit false, set true; commit`,
  `begin; set local synchronous_commit = off; revoke bench_one from bench_slot;
  grant bench_other to bench_slot with inherit false, set true; commit`,
] as const;

function bareChange(bare: pg.Client): () => Promise<number> {
  let turn = 0;
  return () => {
    const text = BARE_CHANGES[turn++ % 2] ?? '';
    return timed(() => bare.query(text));
  };
}
