import { z } from 'zod';

/** Numbers in a row, as one text: `12,0,7.5`. Results of page background tasks are flat texts. */
export const numbersText = z.codec(z.string(), z.array(z.number()), {
  decode: (text) => (text === '' ? [] : text.split(',').map(Number)),
  encode: (numbers) => numbers.join(','),
});
