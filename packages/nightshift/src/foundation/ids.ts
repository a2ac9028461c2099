import { createHash, randomBytes, randomFillSync } from 'node:crypto';

/** Random bytes are drawn in blocks: one system call per 256 identifiers instead of one each. */
const BLOCK_BYTES = 16 * 256;
const block = new Uint8Array(BLOCK_BYTES);
let used = BLOCK_BYTES;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function nextRandom(): Uint8Array {
  if (used === BLOCK_BYTES) {
    randomFillSync(block);
    used = 0;
  }
  used += 16;
  return block.subarray(used - 16, used);
}

function format(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[index] as number];
  }
  return text;
}

/** The millisecond of the last version 7, and how many it has had; 12 bits of them are kept (RFC 9562, 6.2, method 1). */
let lastMs = -1;
let sequence = 0;

/**
 * A UUID version 7 (RFC 9562): `at` in milliseconds first, so that ids sort by their creation. Up to 2,048 of one
 * millisecond that this process makes in a row keep their order.
 */
export function uuidV7(at: Date): string {
  const bytes = nextRandom();
  const ms = at.getTime();
  // Begins in the lower half, so that there is room to count; random, so that two processes differ there, too.
  sequence =
    ms === lastMs ? (sequence + 1) & 0xfff : (((bytes[6] as number) << 8) | (bytes[7] as number)) & 0x7ff;
  lastMs = ms;
  const high = Math.floor(ms / 2 ** 16);
  bytes[0] = (high >>> 24) & 0xff;
  bytes[1] = (high >>> 16) & 0xff;
  bytes[2] = (high >>> 8) & 0xff;
  bytes[3] = high & 0xff;
  bytes[4] = (ms >>> 8) & 0xff;
  bytes[5] = ms & 0xff;
  bytes[6] = (sequence >>> 8) | 0x70;
  bytes[7] = sequence & 0xff;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return format(bytes);
}

/** A random UUID version 4: a nonce that nobody guesses. */
export function randomUuid(): string {
  const bytes = nextRandom();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return format(bytes);
}

/** A UUID that follows from its inputs (version 8, RFC 9562): the same text yields the same id on every instance. */
export function derivedUuid(text: string): string {
  const bytes = new Uint8Array(createHash('sha256').update(text).digest().subarray(0, 16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return format(bytes);
}

/** A secret of `bytes` random bytes as hexadecimal text. */
export function randomSecret(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether `text` has the form of a UUID. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
