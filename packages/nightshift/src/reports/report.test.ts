import { describe, expect, test } from 'vitest';
import { createPlatform } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { SALES } from '../testing/fixtures/reports-app.ts';
import { report } from './report.ts';

describe('what a declaration is refused for', () => {
  const onRun = () => undefined;
  test.each([
    ['name', { name: '', onRun }],
    ['description', { name: 'a', description: 'x'.repeat(251), onRun }],
    ['outputTypes', { name: 'a', outputTypes: [], onRun }],
    ['outputTypes', { name: 'a', outputTypes: ['PDF', 'PDF'], onRun }],
    ['outputTypes', { name: 'a', outputTypes: ['DOC'], onRun }],
    ['record', { name: 'a', record: {}, onRun }],
    ['sharedTransaction', { name: 'a', sharedTransaction: 5, onRun }],
  ])('%s: %j', (field, definition) => {
    expect(() => report(definition as never)).toThrow(expect.objectContaining({ code: 'VALIDATION', field }));
  });

  test('two with one name, and what is no report', async () => {
    const twin = codeunit({ name: 'Sales', onRun });
    const database = { url: 'postgresql://127.0.0.1:1/none' };
    const both = { codeunits: [twin], reports: [SALES.main], database };
    await expect(createPlatform(both)).rejects.toMatchObject({
      code: 'APPLICATION_INVALID',
      field: 'codeunits',
    });
    const wrong = { reports: [twin as never], database };
    await expect(createPlatform(wrong)).rejects.toMatchObject({
      code: 'APPLICATION_INVALID',
      field: 'reports',
    });
  });
});
