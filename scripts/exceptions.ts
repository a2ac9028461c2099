/**
 * How often a file may switch a check off (`biome-ignore`, `@ts-expect-error`, …), each time with its reason
 * beside it. The list may only shrink: a file that needs fewer must be lowered here, a new entry needs a review.
 */
export const EXCEPTIONS: Readonly<Record<string, number>> = {};
