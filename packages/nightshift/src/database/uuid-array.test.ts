import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUuid, uuidV7 } from '../foundation/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { uuidArray } from './uuid-array.ts';

let target: TestDatabase;

beforeAll(async () => {
  target = await createTestDatabase();
});
afterAll(() => target.drop());

describe('ids as an array', () => {
  it.each([
    ['none', []],
    [
      'some',
      [
        uuidV7(new Date(1_770_000_000_000)),
        randomUuid().toUpperCase(),
        '00000000-0000-0000-0000-000000000000',
      ],
    ],
    ['some that are missing', [null, randomUuid(), null]],
  ] as const)('of %s arrive as they are', async (_, wanted) => {
    expect(uuidArray(wanted)).toBeInstanceOf(Buffer);
    const [row] = await target.query<{ given: string[] }>('select $1::uuid[] as given', [uuidArray(wanted)]);
    expect(row?.given).toEqual(wanted.map((id) => id?.toLowerCase() ?? null));
  });

  it.each(['', 'x', '"', '0189', `${randomUuid()}0`, `${randomUuid()}00`, `g${randomUuid().slice(1)}`])(
    'of what is none, %j, are refused',
    async (id) => {
      const asked = target.query('select $1::uuid[]', [uuidArray([randomUuid(), id])]);
      await expect(asked).rejects.toMatchObject({ code: '22P02' });
    },
  );
});
