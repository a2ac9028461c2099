import { boundMessages, EXECUTE, parseMessage } from './messages.ts';

/** What opens a transaction in front of a statement, and is answered with it. When it fails, the statement is not run. */
export interface Opening {
  readonly bytes: Buffer;
  /** How many commands it consists of. */
  readonly commands: number;
}

/**
 * @param begin a command without parameters, which is read anew each time: under a name of its own, user code could have put
 *   something else there
 * @param then the name of a statement without parameters that the connection knows; its rows are not read
 */
export function opening(begin: string, then: string): Opening {
  const bytes = [parseMessage('', begin), boundMessages('', [], EXECUTE), boundMessages(then, [], EXECUTE)];
  return Object.freeze({ bytes: Buffer.concat(bytes), commands: 2 });
}
