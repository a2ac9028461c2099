import pg from 'pg';
import type { Table } from '../report.ts';
import { inRounds, type Turn } from '../rounds.ts';
import type { ScratchPostgres } from '../scratch-postgres.ts';
import { median, range, type Spread, spreadOf, whole } from '../statistics.ts';
import { type RightsWorld, rightsWorld } from './rights-setup.ts';
import { type RightsGroup, rightsGroups } from './rights-turns.ts';
import { type BenchScenario, type Outcome, type World, wantedParts } from './scenario.ts';

const FEW = { users: 3, companies: 1, permissionSets: 3, setsOfUser: 3 };
const MANY = { users: 1_000, companies: 1, permissionSets: 50, setsOfUser: 3 };
const MADE = { users: 1_000, companies: 20, permissionSets: 50, setsOfUser: 3 };
const MAKING = 'making roles';
/** So often something is measured before the next thing is. */
const BLOCK = 50;
/** And so often before, not counted. */
const WARM = 10;

/** What it costs that PostgreSQL enforces rights: to a transaction, to a slot that changes its user, to many users. */
export const rights: BenchScenario = {
  name: 'rights',
  about: "preamble, change of a slot's user, opening a company with few and many users; making roles",
  rounds: 7,
  seconds: 180,
  run: measureRights,
};

async function measureRights({ postgres, rounds, profile, only }: World): Promise<Outcome> {
  const worlds = {
    few: await rightsWorld(await postgres.database('few'), FEW),
    many: await rightsWorld(await postgres.database('many'), MANY),
    plain: await rightsWorld(await plainDatabase(postgres, 'plain'), MANY),
  };
  const bare = new pg.Client({
    connectionString: await postgres.database('bare'),
    pipeline: true,
  } as pg.ClientConfig);
  await bare.connect();
  const all = await rightsGroups({ ...worlds, bare });
  const names = wantedParts([...all.map(({ name }) => name), MAKING], only);
  const groups = all.filter(({ name }) => names.includes(name));
  try {
    const turns = groups.map(
      (group): Turn<readonly Spread[]> => ({
        name: group.name,
        measure: () => measured(group),
        show: (spreads) => spreads.map(({ p50 }) => `${whole(p50)} µs`).join(', '),
      }),
    );
    const samples = await inRounds(turns, { rounds, profile });
    const series = groups.map((group, at) => ({ group, samples: samples[at] ?? [] }));
    for (const { platform } of Object.values(worlds)) await platform.stop();
    const made = names.includes(MAKING) ? await makeRoles(postgres) : null;
    return {
      tables: [
        ...series.map(({ group, samples: found }) => groupTable(group, found)),
        ...(made === null ? [] : [madeTable(made)]),
      ],
      figures: {
        series: series.map(({ group, samples: found }) => ({
          group: group.name,
          members: group.members.map(({ name }) => name),
          samples: found,
        })),
        made,
      },
    };
  } finally {
    for (const { platform } of Object.values(worlds)) await platform.stop();
    await bare.end();
  }
}

/** A database that belongs to a login with CREATEROLE, which is no superuser. */
async function plainDatabase(postgres: ScratchPostgres, purpose: string): Promise<string> {
  const url = await postgres.database(purpose);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const login = `bench_${purpose}`;
  const make = `create role ${login} login createrole password 'known';
    do $$ begin execute format('alter database %I owner to ${login}', current_database()); end $$`;
  await admin.query(make);
  await admin.end();
  const plain = new URL(url);
  plain.username = login;
  plain.password = 'known';
  return plain.href;
}

/**
 * In blocks, one member after another, each time in another order: a change of one reaches the caches of all connections of
 * the server.
 */
async function measured({ members, times }: RightsGroup): Promise<readonly Spread[]> {
  const took = members.map((): number[] => []);
  for (let block = 0; block * BLOCK < times; block++) {
    for (const at of shuffled([...members.keys()], block)) {
      for (let turn = -WARM; turn < BLOCK; turn++) {
        const one = (await members[at]?.once()) ?? Number.NaN;
        if (turn >= 0) took[at]?.push(one);
      }
    }
  }
  return took.map(spreadOf);
}

/** Another order for each seed, in which neighbours differ, too. */
function shuffled(list: readonly number[], seed: number): readonly number[] {
  const key = (at: number) => Math.sin((at + 1) * (seed + 1)) % 0.1;
  return list.toSorted((one, other) => key(one) - key(other));
}

async function makeRoles(postgres: ScratchPostgres): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (const [login, url] of [
    ['superuser', await postgres.database('made')],
    ['CREATEROLE', await plainDatabase(postgres, 'made_plain')],
  ] as const) {
    const world = await rightsWorld(url, MADE);
    await world.platform.stop();
    made.push({ login, ...world.made });
  }
  return made;
}

function groupTable({ name, members }: RightsGroup, samples: readonly (readonly Spread[])[]): Table {
  const p50sOf = (at: number) => samples.map((spreads) => spreads[at]?.p50 ?? Number.NaN);
  const limit = p50sOf(0);
  return {
    title: `${name}, µs`,
    head: ['What', 'p50', 'min – max', 'p95', 'more than the first', '÷ the first'],
    rows: members.map((member, at) => {
      const p50s = p50sOf(at);
      const p95s = samples.map((spreads) => spreads[at]?.p95 ?? Number.NaN);
      // Round by round, since the machine differs more from one to the next.
      const more = p50s.map((value, round) => value - (limit[round] ?? Number.NaN));
      return [
        member.name,
        whole(median(p50s)),
        range(p50s, whole),
        whole(median(p95s)),
        median(more).toFixed(1),
        (median(p50s) / median(limit)).toFixed(2),
      ];
    }),
    notes: [],
  };
}

/** Roles that were made ahead, how long that took, and by what kind of login. */
type Made = RightsWorld['made'] & { readonly login: string };

function madeTable(made: readonly Made[]): Table {
  return {
    title: MAKING,
    head: ['What', 'login', 'roles', 'seconds'],
    rows: made.map(({ login, roles, ms }) => [
      `${whole(MADE.users)} users × ${MADE.companies} companies`,
      login,
      whole(roles),
      (ms / 1_000).toFixed(1),
    ]),
    notes: [],
  };
}
