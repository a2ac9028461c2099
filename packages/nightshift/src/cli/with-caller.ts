import type { Platform } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import type { LoadedApplication } from './application-module.ts';
import { administratorOf } from './company-lookup.ts';
import type { Invocation } from './invocation.ts';
import { connect } from './remote/connect.ts';
import { identityOf, withPlatform } from './with-platform.ts';

const PLATFORMS = new WeakMap<Caller, Platform>();

/** The platform on which somebody acts. */
export function platformOf(caller: Caller): Platform {
  return PLATFORMS.get(caller) as Platform;
}

/**
 * Works as who the options say: on the database, or by the server of `--url`. The verbs of `verbs.ts` go either way.
 * @param application on the database; a server has its own
 */
export function withCaller<T>(
  invocation: Invocation,
  application: Partial<LoadedApplication>,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  return asWhom(invocation, application, { of: (platform) => platform.as(identityOf(invocation)), work });
}

/** The same for what is not about one company: when none is named, in one that there is. */
export function withAdministrator<T>(
  invocation: Invocation,
  application: Partial<LoadedApplication>,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  return asWhom(invocation, application, { of: (platform) => administratorOf(invocation, platform), work });
}

async function asWhom<T>(
  invocation: Invocation,
  application: Partial<LoadedApplication>,
  {
    of,
    work,
  }: { readonly of: (platform: Platform) => Caller; readonly work: (caller: Caller) => Promise<T> },
): Promise<T> {
  const { settings, surroundings } = invocation;
  if (settings.server !== null) return work(await connect(settings.server, settings, surroundings));
  return withPlatform(invocation, application, (platform) => {
    const caller = of(platform);
    PLATFORMS.set(caller, platform);
    return work(caller);
  });
}
