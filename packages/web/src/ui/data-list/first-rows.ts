import { startTransition, useEffect, useState } from 'react';

/** More than a screen shows; each row takes milliseconds. */
const FIRST_ROWS = 30;

/** How many rows are drawn: those in view at once, so that they can be used, and the rest right after. */
export function useRowsDrawn(): number {
  const [drawn, draw] = useState(FIRST_ROWS);
  useEffect(() => startTransition(() => draw(Number.POSITIVE_INFINITY)), []);
  return drawn;
}
