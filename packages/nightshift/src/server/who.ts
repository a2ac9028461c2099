/** Who asks, and how far that goes. */
export interface Who {
  /** The name of the user whose rights count. */
  readonly user: string;
  readonly signedInBy: 'api-key' | 'session' | 'host';
  /** Verbs that an API key is held to; null: no limit but the user's rights. */
  readonly scopes: ReadonlySet<string> | null;
  /** The only company that an API key reaches; null: those of the user. */
  readonly company: string | null;
  /** Whether he has to set up an authenticator before anything else. */
  readonly needsSecondFactor: boolean;
  /** What limits are counted by. */
  readonly countedAs: string;
}

/** Whether both are the same person, or the same key, signed in the same way. */
export function isSame(one: Who, other: Who): boolean {
  return one.user === other.user && one.signedInBy === other.signedInBy && one.countedAs === other.countedAs;
}
