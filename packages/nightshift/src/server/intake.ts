import type { FastifyRequest } from 'fastify';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type { Platform, ServedIntake } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import type { IntakeResult, StageResult } from '../work-items/index.ts';
import type { Call } from './handler.ts';
import type { RawRequest } from './raw-request.ts';

/** The request as its intake gets it. */
export function rawRequestOf({ headers, body }: FastifyRequest): RawRequest {
  return { headers, body: body instanceof Uint8Array ? body : new Uint8Array() };
}

/**
 * The user in whose name an intake stages, in the company of the address.
 * @throws NightshiftError NOT_FOUND, also when there is no such company; INTAKE_UNAVAILABLE when that user is not there
 */
export function intakeCaller(
  platform: Platform,
  params: unknown,
  { name: company, correlationId }: { readonly name: string; readonly correlationId: string },
): Caller {
  const { user } = servedIntake(platform, Object(params).intake);
  if (!platform.directory.companies.some(({ name }) => name === company)) throw intakeUnknown();
  try {
    return platform.as({ user, company, correlationId });
  } catch (error) {
    throw unavailable(error);
  }
}

function servedIntake({ intakes }: Platform, name: unknown): ServedIntake {
  const found = typeof name === 'string' && Object.hasOwn(intakes, name) ? intakes[name] : undefined;
  if (found === undefined) throw intakeUnknown();
  return found;
}

const NONE: StageResult = { staged: 0, updated: 0, unchanged: 0, rejected: 0, rejections: [] };

/**
 * Hands what another system has sent to its intake, in the name of the intake's user. What goes wrong inside is answered so that
 * the sender comes again: nothing is lost.
 * @throws NightshiftError NOT_FOUND, UNAUTHENTICATED without a good signature, VALIDATION, RECORD_INVALID, INTAKE_UNAVAILABLE
 */
export async function receiveIntake({ platform, caller, raw, correlationId }: Call, name: string) {
  const { take } = servedIntake(platform, name);
  if (raw === null) throw intakeUnknown();
  const { status, result } = await taken(() => take(caller, { ...raw, company: caller.company }));
  if (status === 401) throw new NightshiftError('UNAUTHENTICATED', 'The signature is missing or wrong.');
  if (status === 400) throw new NightshiftError('VALIDATION', 'The body cannot be read.');
  const { staged, updated, unchanged, rejected } = result ?? NONE;
  if (status === 422 && staged + updated + unchanged === 0)
    throw new NightshiftError('RECORD_INVALID', `${rejected} of ${rejected} rows do not fit.`);
  return { staged, updated, unchanged, rejected, correlationId };
}

function intakeUnknown(): NightshiftError {
  return new NightshiftError('NOT_FOUND', 'There is no such intake.');
}

/** Code of the application reads what strangers send: whatever it throws, the sender is told to come again, or what is wrong. */
async function taken(take: () => Promise<IntakeResult>): Promise<IntakeResult> {
  try {
    return await take();
  } catch (error) {
    if (isNightshiftError(error, 'VALIDATION', 'JSON_INVALID')) return { status: 400, result: null };
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): NightshiftError {
  return new NightshiftError('INTAKE_UNAVAILABLE', 'What was sent could not be taken in.', { cause });
}
