import process from 'node:process';
import pg from 'pg';
import { measure, type Sample, type Scenario } from './scenario.ts';
import { systemNamed } from './systems/registry.ts';

/** The argument by which this program learns that it is to serve one system. */
export const CHILD_ARGUMENT = '--serve-system';

/** What a child is told when it starts. */
export interface ChildSetup {
  readonly system: string;
  readonly url: string;
  readonly postmaster: number;
}

/** What a child is asked. */
export interface ChildRequest {
  readonly scenario: Scenario;
  readonly tasks: number;
  readonly profile: string | null;
}

/** What a child says: first who it is, then an answer to each request. */
export type ChildMessage =
  | {
      readonly kind: 'ready';
      readonly name: string;
      readonly options: string;
      readonly guarantee: string;
    }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'failed'; readonly reason: string };

/** Serves one system in a process of its own, so that memory, caches and pollers of the others stay away. */
export async function serveSystem(setupText: string): Promise<void> {
  const { system: name, url, postmaster } = JSON.parse(setupText) as ChildSetup;
  const referee = new pg.Client({ connectionString: url });
  await referee.connect();
  const system = systemNamed(name, { url, referee });
  await system.install();
  const { options, guarantee } = system;
  process.on('message', async ({ scenario, tasks, profile }: ChildRequest) => {
    try {
      const sample = await measure({ system, referee, postmaster, profile }, scenario, tasks);
      say({ kind: 'sample', sample });
    } catch (error) {
      say({
        kind: 'failed',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  });
  process.on('disconnect', () => process.exit());
  say({ kind: 'ready', name, options, guarantee });
}

function say(message: ChildMessage): void {
  process.send?.(message);
}
