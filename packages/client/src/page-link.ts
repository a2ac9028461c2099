/** What a page hears of the connection that it shares with the rest of the tab. */
export interface PageLinkListener {
  /** There is a connection; `resumed`: the one of before goes on, with its pages. */
  readonly onWelcome: (resumed: boolean) => void;
  /** A message of the server. */
  readonly onEvent: (event: LinkEvent) => void;
}

/** A message of the server, as far as pages know it. */
export interface LinkEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The connection of the tab, as pages use it: what `connectLive` returns. */
export interface PageLink {
  /** Sends a message. @returns whether there is a connection */
  send(message: object): boolean;
  /** Whoever listens while there is a connection is welcomed at once. @returns what ends it */
  listen(listener: PageLinkListener): () => void;
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>;
  /** Milliseconds that never jump. */
  now(): number;
}
