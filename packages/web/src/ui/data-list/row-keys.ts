// The row that has the focus is the current one: nothing else has to be kept, and live updates do not move it.

function rowOfFocus(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-row]') ?? null;
}

/** Goes up or down by rows. */
export function moveRow(box: HTMLElement | null, step: 1 | -1): void {
  const rows = [...(box?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const present = rowOfFocus();
  const at = present === null ? (step === 1 ? -1 : rows.length) : rows.indexOf(present);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  const target = next?.querySelector<HTMLElement>('[data-open]') ?? next?.querySelector<HTMLElement>('input');
  target?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

/** Presses something in the current row. */
export function pressInRow(selector: string): void {
  rowOfFocus()?.querySelector<HTMLElement>(selector)?.click();
}

/** Opens the current row. */
export function openRow(): void {
  pressInRow('[data-open]');
}
