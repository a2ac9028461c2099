import { boundMessages, EXECUTE, parseMessage } from './messages.ts';

/** What goes before a statement in its transaction, and is answered with it. When it fails, the statement is not run. */
export interface Opening {
  readonly bytes: Buffer;
  /** How many commands it consists of. */
  readonly commands: number;
}

/**
 * A command without parameters, whose rows are not read: by the name under which the connection knows it; or as a text that is
 * read anew each time, for what nobody else may have put under a name.
 */
export type OpeningCommand = { readonly name: string } | { readonly text: string };

/** @param commands in the order in which they run */
export function opening(...commands: readonly OpeningCommand[]): Opening {
  const bytes = commands.flatMap((command) =>
    'name' in command
      ? [boundMessages(command.name, [], EXECUTE)]
      : [parseMessage('', command.text), boundMessages('', [], EXECUTE)],
  );
  return Object.freeze({ bytes: Buffer.concat(bytes), commands: commands.length });
}
