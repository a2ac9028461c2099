import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { within } from '../testing/condition.ts';
import { debugProcess } from '../testing/debugged-process.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { run } from './fixtures/test-terminal.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const APP = new URL('./fixtures/session-app.ts', import.meta.url);

const WAIT = '--inspect-brk=127.0.0.1:0';

test.each([
  ['the flag', [WAIT], {}],
  ['NODE_OPTIONS', [], { NODE_OPTIONS: WAIT }],
])(
  'with %s a breakpoint in the TypeScript of an application stops "session start --foreground"',
  async (_, flags, more) => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    await run(['migrate', '--database-url', database.url]);
    const lineNumber = readFileSync(APP, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes('// breakpoint'));
    const words = ['session', 'start', 'Echo', '--foreground', '--record', '{"text":"look"}'];
    const debugged = await debugProcess(
      [...flags, '--conditions=nightshift-source', MAIN, ...words, '--app', fileURLToPath(APP)],
      { PATH: process.env['PATH'], NIGHTSHIFT_DATABASE_URL: database.url, ...more },
    );
    onTestFinished(() => {
      debugged.child.kill('SIGKILL');
    });
    await debugged.ask('Debugger.enable');
    // Before the module is loaded: its file has the same lines as what runs.
    const { breakpointId } = await debugged.ask<{ breakpointId: string }>('Debugger.setBreakpointByUrl', {
      url: APP.href,
      lineNumber,
    });
    await debugged.ask('Runtime.runIfWaitingForDebugger');
    expect((await debugged.paused()).hitBreakpoints).toEqual([]);
    await debugged.ask('Debugger.resume');
    const { hitBreakpoints, callFrames } = await debugged.paused();
    expect(hitBreakpoints).toEqual([breakpointId]);
    const [frame] = callFrames;
    expect(frame?.location.lineNumber).toBe(lineNumber);
    const seen = await debugged.ask<{ result: { value: unknown } }>('Debugger.evaluateOnCallFrame', {
      callFrameId: frame?.callFrameId,
      expression: '`${text} ${session.clientType}`',
    });
    expect(seen.result.value).toBe('look web');
    await debugged.ask('Debugger.resume');
    // A process waits at its end for its debugger to leave.
    debugged.disconnect();
    expect(await within('it ends', debugged.ended)).toBe(0);
    expect(debugged.out.join('\n')).toContain('(Echo) has ended: Logoff, after');
  },
);
