import { NightshiftError } from '../foundation/index.ts';
import { type FieldFault, RequestFault } from './problem.ts';

/** Bytes of a body, at most. */
export const BODY_BYTES_MAX = 1_048_576;
/** How deep it may be nested. */
export const BODY_DEPTH_MAX = 64;

/**
 * Reads a body. Nothing at all is no body.
 * @throws NightshiftError VALIDATION, BODY_TOO_LARGE when it is nested too deep
 */
export function parseBody(text: string): unknown {
  if (text === '') return undefined;
  refuseDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestFault([{ pointer: '', message: 'is not JSON' }]);
  }
  // Fastify says null where there is no body.
  if (value === null) throw new RequestFault([{ pointer: '', message: 'is null' }]);
  const faults = hostileParts(value, '');
  if (faults.length > 0) throw new RequestFault(faults);
  return value;
}

/** Before it is parsed, so that nothing deep is ever built. */
function refuseDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (inString) {
      if (char === '\\') index++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > BODY_DEPTH_MAX) {
      throw new NightshiftError('BODY_TOO_LARGE', `The body is nested deeper than ${BODY_DEPTH_MAX}.`);
    }
  }
}

/** Parts that no schema should have to think of: what cannot be stored, is not exact, or means something to JavaScript. */
function hostileParts(value: unknown, pointer: string): readonly FieldFault[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [unstorable(pointer)];
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return [{ pointer, message: 'is a greater whole number than JSON carries exactly' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (key === '__proto__') return [{ pointer, message: 'has a field that is called __proto__' }];
    if (!isStorable(key)) return [unstorable(pointer)];
    return hostileParts(part, place);
  });
}

/** Whether a text can be stored: no NUL, and no half characters. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function unstorable(pointer: string): FieldFault {
  return { pointer, message: 'contains characters that cannot be stored' };
}
