import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SAMPLING_US = 200;

/** A profile under way. */
export interface Profile {
  stop(): Promise<void>;
}

/** Starts a CPU profile of this thread that `stop` writes to `file`; null profiles nothing. */
export async function startProfile(file: string | null): Promise<Profile> {
  if (file === null) return { stop: async () => undefined };
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US });
  await session.post('Profiler.start');
  return {
    async stop() {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      await writeFile(file, JSON.stringify(profile));
    },
  };
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Self time by function and by package, as lines for the terminal. */
export function profileLines(text: string, count: number): readonly string[] {
  const profile = JSON.parse(text) as CpuProfile;
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const byFunction = new Map<string, number>();
  const byPackage = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((id, at) => {
    const frame = nodes.get(id)?.callFrame;
    // Starting and stopping the profiler costs time of its own.
    if (frame === undefined || frame.functionName === '(idle)' || frame.url === 'node:inspector') return;
    const us = profile.timeDeltas[at] ?? 0;
    total += us;
    add(byFunction, `${frame.functionName || '(anonymous)'} ${placeOf(frame.url, frame.lineNumber)}`, us);
    add(byPackage, packageOf(frame.url, frame.functionName), us);
  });
  const share = (us: number) => `${((us / total) * 100).toFixed(1).padStart(5)} %`;
  const top = (sums: ReadonlyMap<string, number>, limit: number) =>
    [...sums]
      .sort((one, other) => other[1] - one[1])
      .slice(0, limit)
      .map(([name, us]) => `  ${share(us)}  ${(us / 1_000).toFixed(0).padStart(6)} ms  ${name}`);
  return ['by package:', ...top(byPackage, 12), 'by function (self time):', ...top(byFunction, count)];
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

function placeOf(url: string, line: number): string {
  if (url === '') return '';
  const file = url.startsWith('file:') ? path.relative(process.cwd(), fileURLToPath(url)) : url;
  return `${file}:${line + 1}`;
}

function packageOf(url: string, functionName: string): string {
  if (url === '') return functionName === '(garbage collector)' ? functionName : '(native)';
  if (url.startsWith('node:')) return 'node';
  const module = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (module !== undefined) return module;
  return /\/((?:packages\/[^/]+\/src\/[^/]+)|bench)/.exec(url)?.[1] ?? url;
}
