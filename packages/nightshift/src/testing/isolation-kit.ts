import {
  type AnyCodeunit,
  enterCodeunit,
  type RunNotes,
  runSession,
  type SessionOptionsInput,
  type SessionOutcome,
} from '../session/index.ts';
import application, { inMain, inProcess, inThread } from './fixtures/isolated-app.ts';
import { testSessionSpec } from './session-spec.ts';
import { startTestPlatform, type TestPlatform } from './test-platform.ts';

/** Where a codeunit may run besides the main thread. */
export const KINDS = ['thread', 'process'] as const;
export const MAIN_AND_KINDS = ['main', ...KINDS] as const;
export type Kind = (typeof MAIN_AND_KINDS)[number];

/** The codeunit of each place. */
export const CODEUNITS: Readonly<Record<Kind, AnyCodeunit>> = {
  main: inMain as AnyCodeunit,
  thread: inThread as AnyCodeunit,
  process: inProcess as AnyCodeunit,
};

/** Where isolates find the application of these tests. */
export const APPLICATION_MODULE = new URL('fixtures/isolated-app.ts', import.meta.url);

/** How a session ended, and what its code told. */
export interface IsolatedOutcome {
  readonly outcome: SessionOutcome<unknown>;
  /** The error; undefined when it ended well. */
  readonly error: unknown;
  /** The facts that it told last. */
  readonly told: Readonly<Record<string, unknown>>;
  readonly notes: RunNotes;
}

/** A platform with isolates. */
export interface IsolationKit extends TestPlatform {
  /** Runs an act in a session of its own in the background. */
  run(kind: Kind, act: string, input?: unknown, timeoutMs?: number): Promise<IsolatedOutcome>;
  /** Notes that were committed, in order. */
  effects(): Promise<readonly string[]>;
  /** Forgets what was committed. */
  clear(): Promise<void>;
}

/** Starts a platform whose application has isolated codeunits. */
export async function startIsolationKit(sessions: SessionOptionsInput = {}): Promise<IsolationKit> {
  const { codeunits, migrations } = application;
  const platform = await startTestPlatform({
    codeunits,
    migrations,
    sessions,
    applicationModule: APPLICATION_MODULE,
  });
  return {
    ...platform,
    async run(kind, act, input, timeoutMs = 60_000) {
      const { host } = platform.platform.instance;
      const spec = testSessionSpec(host.clock.now(), { isolation: kind, timeoutMs });
      const target = CODEUNITS[kind];
      const outcome = await runSession(host, spec, target.name, (session) =>
        enterCodeunit(session, target, { act, input }),
      );
      const { notes } = outcome;
      const line = notes.lines.findLast(({ text }) => text === 'told');
      return {
        outcome,
        notes,
        error: 'error' in outcome ? outcome.error : undefined,
        told: (line?.details ?? {}) as Readonly<Record<string, unknown>>,
      };
    },
    async effects() {
      const rows = await platform.query<{ note: string }>('select note from co_1.effect order by no');
      return rows.map(({ note }) => note);
    },
    async clear() {
      await platform.query('truncate co_1.effect');
    },
  };
}
