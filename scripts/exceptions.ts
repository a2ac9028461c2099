/**
 * How often a file may switch a check off (`biome-ignore`, `@ts-expect-error`, …), each time with its reason
 * beside it. The list may only shrink: a file that needs fewer must be lowered here, a new entry needs a review.
 */
export const EXCEPTIONS: Readonly<Record<string, number>> = {
  // A method named `then` is what it is about: it asks before it lets anybody wait.
  'packages/nightshift/src/session/guarded-promise.ts': 1,
  // What scrolls and has no control in it takes the focus, as axe demands and the linter forbids.
  'packages/web/src/ui/scroll-box.tsx': 1,
};
