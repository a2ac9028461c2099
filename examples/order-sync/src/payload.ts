import type { z } from 'zod';
import { RowProblem } from './row-problem.ts';

/**
 * Puts a payload through its schema.
 * @throws RowProblem PAYLOAD_INVALID with the field
 */
export function parsePayload<Out>(schema: z.ZodType<Out>, payload: unknown): Out {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new RowProblem('PAYLOAD_INVALID', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`);
}
