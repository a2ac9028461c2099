import type { Route, RouteAnswer, RouteInput } from '../contract/route.ts';
import type { ROUTES, RouteName } from '../contract/routes.ts';
import type { Platform } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import type { BulkQueue } from './bulk/bulk-queue.ts';
import type { ForegroundRuns } from './live/foreground-runs.ts';
import type { RawRequest } from './raw-request.ts';
import type { Exchange } from './sign-in/exchange.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import type { Who } from './who.ts';

/** What a handler works with. */
export interface Call {
  readonly platform: Platform;
  /** Acts as whoever asks, in the company of the address, or in one of his where it names none. */
  readonly caller: Caller;
  readonly who: Who;
  readonly signIn: SignIn;
  /** Runs in the foreground that were started here. */
  readonly runs: ForegroundRuns;
  readonly exchange: Exchange;
  readonly bulk: BulkQueue;
  readonly correlationId: string;
  readonly now: Date;
  /** The version that a change is based on, of `If-Match`; undefined: any. */
  readonly version: number | undefined;
  /** The request as it came, of a route that is let in by signature; else null. */
  readonly raw: RawRequest | null;
  /** Ends when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Does what a route says. */
export type Handler<R extends Route> = (call: Call, input: RouteInput<R>) => Promise<RouteAnswer<R>>;

/** A handler for each of some routes. */
export type HandlersOf<Names extends RouteName> = {
  readonly [Name in Names]: Handler<(typeof ROUTES)[Name]>;
};
