import type { ExplanationStep, RightsExplanation } from '../permissions/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { rights } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { neededApplication } from './with-platform.ts';

/** Explains why a user may run a codeunit in a company, or may not. */
export async function explainRightsCommand(
  invocation: Invocation,
  user: string,
  company: string,
  codeunit: string,
): Promise<ExitCode> {
  const loaded = await neededApplication(invocation);
  return withCaller(invocation, loaded, async (caller) => {
    const explanation = await rights.explain(caller, { user, company, codeunit });
    invocation.answer(explanation, () => explanationText(explanation));
    return EXIT.ok;
  });
}

const MARKS: Readonly<Record<ExplanationStep['result'], string>> = { yes: 'yes ', no: 'NO  ', note: '    ' };

function explanationText({ verdict, steps }: RightsExplanation): string {
  const lines = steps.flatMap(({ result, text, because }) => [
    `${MARKS[result]}  ${text}`,
    ...because.map((reason) => `        ${reason}`),
  ]);
  return [verdict, '', ...lines].join('\n');
}
