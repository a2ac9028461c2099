// What axe finds on a page. Most of a look is the page's own start and axe's, so one page is led from screen to screen by its own router.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Result, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules that find nothing worse than moderate, which is not looked for: half of axe's time. */
const LESSER_RULES = [
  'aria-allowed-role',
  'empty-heading',
  'empty-table-header',
  'form-field-multiple-labels',
  'heading-order',
  'image-redundant-alt',
  'landmark-banner-is-top-level',
  'landmark-contentinfo-is-top-level',
  'landmark-main-is-top-level',
  'landmark-no-duplicate-banner',
  'landmark-no-duplicate-contentinfo',
  'landmark-no-duplicate-main',
  'landmark-one-main',
  'landmark-unique',
  'page-has-heading-one',
  'presentation-role-conflict',
  'region',
  'scope-attr-valid',
  'skip-link',
  'table-duplicate-name',
];

/** What is well is not described, which takes longest; nothing is loaded besides. */
const ONLY_FAULTS: RunOptions = { resultTypes: ['violations'], preload: false };
const ALL_SERIOUS: RunOptions = {
  ...ONLY_FAULTS,
  rules: Object.fromEntries(LESSER_RULES.map((rule) => [rule, { enabled: false }])),
};
/** The one rule that depends on the colours. */
const CONTRAST: RunOptions = { ...ONLY_FAULTS, runOnly: ['color-contrast'] };

/** An address that no screen has. */
const NOWHERE = '/nowhere';

/** Leads a page to another screen without starting it anew; nothing of the screen before is left when this ends. */
export async function walk(page: Page, path: string): Promise<void> {
  for (const each of [NOWHERE, path]) {
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(each)})`);
    if (each === NOWHERE) await page.getByText('There is nothing at this address').waitFor();
  }
}

/** What axe finds serious on a page, in light and in dark: a line each; empty when all is well. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(AXE);
  const faults = await faultsOf(page, ALL_SERIOUS);
  const isDark = await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: dark)').matches");
  const other = isDark ? 'light' : 'dark';
  await page.emulateMedia({ colorScheme: other });
  await page.locator(`html[data-mantine-color-scheme="${other}"]`).waitFor();
  const contrast = await faultsOf(page, CONTRAST);
  return [...faults, ...contrast.map((fault) => `${other}: ${fault}`)];
}

async function faultsOf(page: Page, options: RunOptions): Promise<readonly string[]> {
  const found = await page.evaluate<Result[]>(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.split('\n')[1] ?? ''}`,
      ),
    );
}
