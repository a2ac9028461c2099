const SHOWN_MAX = 99;

/** A number for a small place: nothing for none, "99+" for many. */
export function shownCount(count: number): string {
  if (count === 0) return '';
  return count > SHOWN_MAX ? `${SHOWN_MAX}+` : String(count);
}
