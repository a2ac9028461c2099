import type { FastifyRequest } from 'fastify';
import { NightshiftError } from '../../foundation/index.ts';
import { ADDRESS_HEADER } from './people.ts';

/** What signing in needs of a request, and leaves behind. */
export interface Exchange {
  readonly cookie: string;
  readonly agent: string;
  readonly address: string;
  readonly correlationId: string;
  /** Goes out with the answer. */
  readonly cookies: string[];
  /** Asks only whether somebody is still signed in: that is not something that he does. */
  readonly isWatching: boolean;
}

/** What signing in needs of a request. */
export function exchangeOf(request: FastifyRequest, correlationId: string, cookies: string[]): Exchange {
  const { cookie = '', 'user-agent': agent = '' } = request.headers;
  const { isWatching } = request.nightshift;
  return { cookie, agent: agent.slice(0, 200), address: request.ip, correlationId, cookies, isWatching };
}

/** A request as better-auth takes it. */
export function headersOf({ cookie, agent, address }: Exchange): Headers {
  return new Headers({ cookie, 'user-agent': agent, [ADDRESS_HEADER]: address });
}

/** What is to be set goes out with the answer. */
export function keepCookies({ cookies }: Exchange, headers: Headers | null | undefined): void {
  cookies.push(...(headers?.getSetCookie() ?? []));
}

/** What better-auth refuses, in our words: its own say too much. @throws NightshiftError SIGN_IN_REFUSED */
export async function refusing<T>(
  work: Promise<T>,
  text = 'The name, the password or the code is wrong.',
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { statusCode } = Object(error) as { statusCode?: unknown };
    if (typeof statusCode === 'number' && statusCode < 500)
      throw new NightshiftError('SIGN_IN_REFUSED', text);
    throw error;
  }
}
