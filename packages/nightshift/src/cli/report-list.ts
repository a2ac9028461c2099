import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { tableOf } from './showing.ts';
import { reports } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { neededApplication } from './with-platform.ts';

/** Lists the reports of the application. */
export async function listReportsCommand(invocation: Invocation): Promise<ExitCode> {
  await withCaller(invocation, await neededApplication(invocation), async (caller) => {
    const found = await reports.list(caller);
    invocation.answer(found, () =>
      found.length === 0
        ? 'The application has no reports.'
        : tableOf(
            ['Report', 'Number', 'Description', 'Output types', 'Parameters'],
            found.map(({ name, id, description, outputTypes, parametersSchema }) => [
              name,
              id,
              description,
              outputTypes.join(', '),
              parametersText(parametersSchema),
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** The names of what people fill in, with a mark where that may be left out: `from, to?`. */
function parametersText(schema: unknown): string | null {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? name : `${name}?`))
    .join(', ');
}
