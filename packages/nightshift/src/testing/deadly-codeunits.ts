import { codeunit } from '../session/index.ts';

// As `instance-process.ts` has them, for whoever creates their tasks: here they must not run.
const elsewhere = (name: string) =>
  codeunit({
    name,
    onRun() {
      throw new Error(`${name} is for a process of its own`);
    },
  });

/** Ends the process in which it runs. */
export const deadly = elsewhere('Deadly');
/** Never lets anything else run in its process. */
export const endless = elsewhere('Endless');
