import { expect, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { run } from './fixtures/test-terminal.ts';

test('user create --administrator and user sign-in-link print a link', async () => {
  const database = await createTestDatabase();
  try {
    const ns = (...words: readonly string[]) => run([...words, '--database-url', database.url]);
    expect((await ns('migrate')).exitCode).toBe(0);
    const made = await ns('user', 'create', 'ANNA', '--administrator', '--server', 'https://jobs.example/');
    expect(made.out).toMatch(
      /^Administrator ANNA is created\.\nhttps:\/\/jobs\.example\/set-password#\S{20,}\n/,
    );
    expect(JSON.parse((await ns('user', 'show', 'ANNA', '--json')).out)).toMatchObject({
      assignments: [{ permissionSet: 'SUPER', company: null }],
    });
    const again = await ns('user', 'sign-in-link', 'ANNA');
    expect(again.out).toMatch(/^http:\/\/localhost\/set-password#\S{20,}\n/);
    expect((await ns('user', 'sign-in-link', 'NOBODY')).exitCode).toBe(3);
  } finally {
    await database.drop();
  }
});
