declare module 'virtual:help/*' {
  /** The sentence of each field of a type of the specification, by the name of the field. */
  export const help: Readonly<Record<string, string>>;
}
declare module 'virtual:theme.css';
declare module 'virtual:verb-words' {
  /** What each verb lets somebody do; completes "may". */
  export const VERB_WORDS: Readonly<Record<string, string>>;
}
declare module 'virtual:guide/*' {
  /** A page of the guide. */
  export const html: string;
}
