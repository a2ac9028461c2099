import type { ReactNode } from 'react';

/** What scrolls by itself and has nothing in it that takes the focus: it takes it, so that the arrow keys scroll it. */
export function ScrollBox({
  label,
  className,
  children,
}: {
  readonly label: string;
  readonly className: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled with the keyboard, too
    <section className={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
