import { z } from 'zod';
import { NightshiftError } from '../foundation/index.ts';
import { categoryCode } from './entry-input.ts';

/** Entries of one category that may run at a time, at most. */
export const PARALLELISM_MAX = 100;
const DESCRIPTION_LENGTH_MAX = 100;

const description = z
  .string()
  .refine(
    (value) => [...value].length <= DESCRIPTION_LENGTH_MAX,
    `has at most ${DESCRIPTION_LENGTH_MAX} characters`,
  )
  .refine(
    (value) => value.isWellFormed() && !/\p{Cc}/u.test(value),
    'contains characters that cannot be stored',
  );
const parallelism = z
  .int('is a whole number')
  .min(1, `is 1 to ${PARALLELISM_MAX}`)
  .max(PARALLELISM_MAX, `is 1 to ${PARALLELISM_MAX}`);

const newCategory = z.strictObject({
  /** 1 to 20 characters. */
  code: categoryCode,
  /** At most 100 characters. Default: blank. */
  description: description.default(''),
  /** How many of its entries may run at a time, 1 to 100. Default: 1. */
  parallelism: parallelism.default(1),
});

const changes = z.strictObject({
  /** Its entries follow. */
  code: categoryCode.optional(),
  description: description.optional(),
  /** More: the next that wait begin at once. Fewer: nothing that runs is stopped. */
  parallelism: parallelism.optional(),
  /** The version that the caller has seen: somebody else's change since then is not overwritten. Default: any. */
  version: z.int('is a whole number').optional(),
});

/** What `categories.create` takes. */
export type CategoryInput = z.input<typeof newCategory>;

/** What is to become different of a category; what is left out stays. */
export type CategoryChanges = z.input<typeof changes>;

/** @throws NightshiftError VALIDATION with the field */
export function checkCategory(input: CategoryInput): z.output<typeof newCategory> {
  return checked(newCategory, input);
}

/** @throws NightshiftError VALIDATION with the field */
export function checkCategoryChanges(input: CategoryChanges): z.output<typeof changes> {
  return checked(changes, input);
}

function checked<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = unknown ?? (issue?.path.join('.') || 'category');
  throw new NightshiftError(
    'VALIDATION',
    `${field} ${unknown === undefined ? issue?.message : 'is unknown'}.`,
    {
      field,
    },
  );
}
