import { createHmac, timingSafeEqual } from 'node:crypto';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { type Rows, type StageResult, stage } from './stage.ts';
import type { WorkItems } from './work-items.ts';

/** A request as it came in: its body untouched, since the signature is over that. */
export interface IntakeRequest {
  /** By their names, in any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array | string;
  /** Where it was sent to; undefined when whoever calls the intake does not say. */
  readonly company?: string;
}

/** What an intake is made of. */
export interface IntakeDefinition<Payload, In> {
  readonly items: WorkItems<Payload, In>;
  /** Whether the request comes from whom it says; `signedBody` makes one. */
  readonly verify: (request: IntakeRequest) => boolean | Promise<boolean>;
  /** The rows of a request: of its body, read as JSON. Default: the body itself is one row. */
  readonly map?: (body: unknown, request: IntakeRequest) => Rows<In>;
  /**
   * Called when something new was staged, in the same caller's name: `(caller) => jobQueue.wake(caller, entry)`. What it
   * throws is left to the entry's schedule. Default: nothing; the entry comes by its schedule.
   */
  readonly wake?: (caller: Caller) => unknown;
}

/** What became of a request. */
export interface IntakeResult {
  /** For the answer: 200, or 400 for a body that nobody can read, 401 without a good signature, 422 when rows were rejected. */
  readonly status: 200 | 400 | 401 | 422;
  readonly result: StageResult | null;
}

/** Takes a request in, for whom it is staged. */
export type Intake = (caller: Caller, request: IntakeRequest) => Promise<IntakeResult>;

const BODY_LENGTH_MAX = 10_000_000;

/**
 * Takes in what another system sends by itself (a webhook): stages it once, however often it is sent, and wakes whoever
 * processes it. With it, polling is a choice.
 */
export function intake<Payload, In>(definition: IntakeDefinition<Payload, In>): Intake {
  const { items, verify, map = (body) => [body as In], wake } = definition;
  for (const [field, value] of Object.entries({ verify, map })) {
    if (typeof value !== 'function')
      throw new NightshiftError('VALIDATION', `${field} is a function.`, { field });
  }
  return async (caller, request) => {
    if (!(await verify(request))) return { status: 401, result: null };
    const body = bodyOf(request);
    if (body === undefined) return { status: 400, result: null };
    const result = await stage(caller, items, map(body, request));
    if (result.staged + result.updated > 0) await woken(caller, wake);
    return { status: result.rejected > 0 ? 422 : 200, result };
  };
}

/** What is staged is safe: whoever sent it must not send it again because nobody could be woken. */
async function woken(caller: Caller, wake: IntakeDefinition<unknown, unknown>['wake']): Promise<void> {
  try {
    await wake?.(caller);
  } catch (error) {
    // An entry that runs already, or is On Hold, is not there to be woken.
    if (!isNightshiftError(error)) throw error;
  }
}

function bodyOf({ body }: IntakeRequest): unknown {
  if (body.length > BODY_LENGTH_MAX) return undefined;
  try {
    return JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** How a body is signed. */
export interface BodySignature {
  /** The header with the signature, such as `x-wc-webhook-signature`. */
  readonly header: string;
  /**
   * What only both sides know: one for all companies, or what a company has (undefined: none, and nothing is let in). With one
   * for all, a request that was signed for one company is let into the others.
   */
  readonly secret: string | ((company: string) => string | undefined);
  /** Default: `sha256`. */
  readonly algorithm?: 'sha256' | 'sha512';
  /** Default: `base64`. */
  readonly encoding?: 'base64' | 'hex';
  /** What stands before the signature, such as `sha256=`. Default: nothing. */
  readonly prefix?: string;
}

/** A `verify` for requests that carry the HMAC of their body. */
export function signedBody(signature: BodySignature): (request: IntakeRequest) => boolean {
  const { header, secret, algorithm = 'sha256', encoding = 'base64', prefix = '' } = signature;
  if (typeof secret !== 'function' && !isSecret(secret))
    throw new NightshiftError('VALIDATION', 'secret is a text that is not empty.', { field: 'secret' });
  const wanted = header.toLowerCase();
  return ({ headers, body, company }) => {
    const key = typeof secret === 'function' ? secret(company ?? '') : secret;
    if (!isSecret(key)) return false;
    const [, given] = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted) ?? [];
    if (typeof given !== 'string' || !given.startsWith(prefix)) return false;
    const sent = Buffer.from(given.slice(prefix.length), encoding);
    const made = createHmac(algorithm, key).update(body).digest();
    return sent.length === made.length && timingSafeEqual(sent, made);
  };
}

function isSecret(text: unknown): text is string {
  return typeof text === 'string' && text !== '';
}
