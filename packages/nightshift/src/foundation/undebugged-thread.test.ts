import { expect, test } from 'vitest';
import { undebuggedThread } from './undebugged-thread.ts';

test('a thread inherits everything while no debugger is waited for', () => {
  expect(undebuggedThread(['--inspect=0', '--max-old-space-size=100'], {})).toEqual({});
  expect(undebuggedThread([], { NODE_OPTIONS: '--inspect --use-system-ca' })).toEqual({});
});

test('a thread does not wait for the debugger of its process', () => {
  const flags = ['--inspect-brk=127.0.0.1:0', '--title=x', '-C', 'one', '--conditions=two', '--inspect-wait'];
  expect(undebuggedThread(flags, { A: 'b' })).toEqual({
    execArgv: ['-C', 'one', '--conditions=two'],
    env: { A: 'b', NODE_OPTIONS: '' },
  });
  expect(undebuggedThread([], { NODE_OPTIONS: ' --inspect-brk  --use-system-ca' })).toEqual({
    execArgv: [],
    env: { NODE_OPTIONS: '--use-system-ca' },
  });
});
