import type { ComponentType } from 'react';

/** The groups of the navigation, in its order. */
export const NAV_GROUPS = ['work', 'engine', 'administration'] as const;

/** A screen as the frame knows it. Its code is loaded when somebody goes there. */
export interface Screen {
  /** Where it is, such as `/job-queue-entries/$entryId`. */
  readonly path: string;
  /** What the browser's tab and the palette call it. */
  readonly title: string;
  /** Where it is in the navigation; null: screens lead to it. */
  readonly nav: {
    readonly group: (typeof NAV_GROUPS)[number];
    readonly icon: ComponentType<{ size?: number | string }>;
    /** The smallest stands first. */
    readonly order: number;
    /** A number beside it, such as of documents that were not read, by the companies shown; 0 is left out. */
    readonly count?: {
      readonly useCount: (companies: readonly string[]) => number;
      /** What it counts, for readers. */
      readonly text: (count: string) => string;
    };
  } | null;
  /** Other words by which the palette finds it, such as the number of Business Central's page. */
  readonly words?: string;
  /** Loads the component. Each screen is a chunk of its own. */
  readonly load: () => Promise<{ readonly Screen: ComponentType }>;
}
