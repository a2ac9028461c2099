import { categories } from 'nightshift';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';

const made = new WeakMap<TestPlatform, Promise<void>>();

/** The two categories that stages share; the second call finds them. */
export function setCategories(kit: TestPlatform): Promise<void> {
  const known = made.get(kit) ?? create(kit);
  made.set(kit, known);
  return known;
}

async function create(kit: TestPlatform): Promise<void> {
  await categories.create(kit.admin, { code: 'SHOP', description: 'What talks to the shop' });
  await categories.create(kit.admin, { code: 'POSTING', description: 'What posts', parallelism: 2 });
}
