// `npm run measure:web`: how long it takes from opening the page, signed in, until a list of 5,000 entries shows its first rows, and until
// a search in it has narrowed them. A measurement, not a test: no time fails it.
import process from 'node:process';
import { test } from 'vitest';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

const ENTRIES = 5_000;
const ROUNDS = 5;

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}

/** Copies an entry so often; past all verbs, since only how they are shown is measured. */
async function addEntries(web: WebKit): Promise<void> {
  await web.kit.query(
    `insert into nightshift.job_queue_entry overriding system value
     select (jsonb_populate_record(entry, jsonb_build_object(
       'id', gen_random_uuid(), 'entry_no', 1000 + no, 'description', 'Entry ' || no))).*
     from nightshift.job_queue_entry as entry, generate_series(1, $1::integer) as no
     where entry.entry_no = 5`,
    [ENTRIES],
  );
  await web.kit.query('analyze nightshift.job_queue_entry');
}

test('the list of many entries', async () => {
  const web = await startWebKit({
    codeunits: STAGE_CODEUNITS,
    taskScheduler: { enableTaskScheduler: false },
  });
  await setStage(web.kit);
  await addEntries(web);
  const shown: number[] = [];
  const searched: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // The browser itself is there already, with nothing kept of the client.
    const page = await web.open('/favicon.svg');
    const begun = performance.now();
    await page.goto(`${web.url}/job-queue-entries?company=CRONUS`);
    await page
      .getByRole('row')
      .filter({ hasText: /Entry \d/ })
      .first()
      .waitFor();
    shown.push(performance.now() - begun);
    const asked = performance.now();
    await page.getByRole('searchbox').first().fill('Entry 4999');
    await page.getByRole('row').filter({ hasText: 'Entry 4999' }).waitFor();
    searched.push(performance.now() - asked);
    await page.context().close();
  }
  process.stdout.write(
    `${ENTRIES} entries, ${ROUNDS} rounds: rows after ${median(shown)} ms (least ${Math.round(Math.min(...shown))}), found after ${median(searched)} ms (least ${Math.round(Math.min(...searched))})\n`,
  );
  await web.stop();
});
