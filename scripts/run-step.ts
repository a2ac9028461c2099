import { spawn } from 'node:child_process';
import { repositoryRoot } from './source-files.ts';

/** One command of the ci run. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Shows the output while the command runs; otherwise it is kept and shown only after a failure. */
  readonly live?: boolean;
}

/** What became of a step. */
export interface StepResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** What the command printed; empty when it was shown live. */
  readonly output: string;
}

/**
 * A step that is still running then hangs; it is stopped and counts as failed. Twice as long as the tests take, since a machine that
 * others share can be half as fast.
 */
export const STEP_DURATION_MS_MAX: number = 20 * 60_000;

/** Runs a step to its end. Never rejects: a command that cannot start is a failed step. */
export function runStep(step: Step): Promise<StepResult> {
  const start = performance.now();
  const [file, ...rest] = step.command;
  return new Promise((resolve) => {
    const child = spawn(file, rest, {
      cwd: repositoryRoot,
      stdio: ['ignore', step.live ? 'inherit' : 'pipe', step.live ? 'inherit' : 'pipe'],
      timeout: STEP_DURATION_MS_MAX,
    });
    let output = '';
    const finish = (passed: boolean, remark: string): void =>
      resolve({
        name: step.name,
        passed,
        seconds: (performance.now() - start) / 1000,
        output: `${output}${remark}`,
      });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => finish(false, error.message));
    child.on('close', (code, signal) => finish(code === 0, signal === null ? '' : `stopped by ${signal}\n`));
  });
}
