// `npm run screenshots`: every screen in light and dark, wide and narrow, into packages/web/screenshots.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, test } from 'vitest';
import { STAGE_REPORTS } from './report-stage.ts';
import { SHOWN_SCREENS } from './screens.ts';
import { STAGE_CODEUNITS, STAGE_WORK_ITEMS, setStage } from './stage.ts';
import { NARROW, startWebKit, type WebKit, WIDE } from './web-kit.ts';

const FOLDER = fileURLToPath(new URL('../screenshots', import.meta.url));

let web: WebKit;
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  web = await startWebKit({
    codeunits: STAGE_CODEUNITS,
    reports: STAGE_REPORTS,
    workItems: STAGE_WORK_ITEMS,
  });
  await setStage(web.kit);
});
afterAll(() => web?.stop());

const only = process.env['SCREEN'];

for (const screen of SHOWN_SCREENS.filter(
  ({ name }) => only === undefined || only.split(',').some((each) => name.startsWith(each)),
)) {
  for (const colours of ['light', 'dark'] as const) {
    for (const [width, size] of [
      ['wide', WIDE],
      ['narrow', NARROW],
    ] as const) {
      test(`${screen.name}, ${colours}, ${width}`, async () => {
        const look = { colours, size, ...(screen.user === undefined ? {} : { user: screen.user }) };
        const page = await web.open(await screen.path(web.kit), look);
        await page.getByText(screen.ready).first().waitFor();
        await page.screenshot({
          path: `${FOLDER}/${screen.name}-${colours}-${width}.png`,
          animations: 'disabled',
        });
        await page.context().close();
      });
    }
  }
}
