import type { ObjectType } from '../../permissions/index.ts';
import type { Step } from './recording.ts';
import type { Place } from './source-module.ts';

/** Whether something is certainly wrong, probably wrong, or beyond what the check can follow. */
export type FindingKind = 'dialog' | 'risky' | 'unknown';

/** Something that the check found. */
export interface Finding extends Place {
  readonly kind: FindingKind;
  /** The member of the session it is about; null for `unknown`. */
  readonly member: string | null;
  readonly message: string;
  /** The way of calls, from `onRun` to the place. */
  readonly chain: readonly Step[];
  /** For `risky`: what is written although nobody was asked. */
  readonly writes: readonly (Place & { readonly what: string; readonly possible: boolean })[];
}

/** What was found in a codeunit, or in a report. */
export interface CheckedCodeunit extends Place {
  readonly objectType: ObjectType;
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** What was found in an application. */
export interface CheckReport {
  /** The files that were read, absolute. */
  readonly files: readonly string[];
  readonly codeunits: readonly CheckedCodeunit[];
  /** What concerns the application as a whole. */
  readonly findings: readonly Finding[];
}
