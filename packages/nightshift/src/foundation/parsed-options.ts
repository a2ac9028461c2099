import type { z } from 'zod';
import { NightshiftError } from './errors.ts';

/**
 * Fills the defaults of a group of options and checks them.
 *
 * @param group what the options stand under in `createPlatform`
 * @throws NightshiftError VALIDATION with the option in `field`, also for a name that the group does not have
 */
export function parsedOptions<Schema extends z.ZodType>(
  group: string,
  schema: Schema,
  input: z.input<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const isUnknown = issue?.code === 'unrecognized_keys';
  const path = [group, ...(issue?.path ?? []), ...(isUnknown ? issue.keys.slice(0, 1) : [])];
  const field = path.map(String).join('.');
  const problem = isUnknown ? 'there is no such option' : (issue?.message ?? 'invalid');
  throw new NightshiftError('VALIDATION', `Option ${field}: ${problem.replace(/\.$/, '')}.`, { field });
}
