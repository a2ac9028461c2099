// What is done to many, and what two people do at once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../nightshift/src/testing/condition.ts';
import { withClient } from '../../nightshift/src/testing/test-server.ts';
import { setAdministration } from './administration-stage.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({ codeunits: STAGE_CODEUNITS, taskScheduler: { enableTaskScheduler: false } });
  await setStage(web.kit);
  await setAdministration(web.kit);
});
afterAll(() => web?.stop());

const FIRST = 1_000;
const COPIES = 130;
const FREE = 20;

/** Entries that are all alike, On Hold. */
const ADD_COPIES = `insert into nightshift.job_queue_entry overriding system value
  select (jsonb_populate_record(null::nightshift.job_queue_entry, to_jsonb(e) || jsonb_build_object(
    'id', gen_random_uuid(), 'entry_no', $1::int + n, 'description', 'Batch ' || n, 'error', null, 'attempts', 0,
    'status', 'On Hold'))).*
  from nightshift.job_queue_entry e, generate_series(1, $2::int) n where e.entry_no = 4`;

test('many: all that fit are chosen, looked at, begun; a reload shows how far it is; it is stopped on the way', async () => {
  await web.kit.query(ADD_COPIES, [FIRST, COPIES]);
  const page = await web.open('/job-queue-entries?company=CRONUS&q=Batch', { user: 'TOM' });
  await page.getByRole('row').filter({ hasText: 'Batch 2' }).first().waitFor();
  await page.getByRole('checkbox', { name: 'Select all rows on this page' }).click();
  await page.getByRole('button', { name: `Select all ${COPIES} matching` }).click();
  await page.getByText(`All ${COPIES} matching entries are selected.`).waitFor();
  const dialog = page.getByRole('dialog');
  const choose = async (action: string) => {
    await page.getByRole('toolbar').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: action }).click();
  };
  await choose('Wake');
  await dialog.getByText(`${COPIES} rows will be left out`).waitFor();
  await dialog
    .getByText(/only one that rests can be woken/)
    .first()
    .waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await choose('Delete');
  await dialog.getByText(`Delete: ${COPIES} rows can be done`).waitFor();
  // Somebody else has the later ones in hand: there it waits.
  await withClient(web.kit.database?.url ?? '', async (client) => {
    await client.query('begin');
    await client.query('select from nightshift.job_queue_entry where entry_no > $1 for update', [
      FIRST + FREE,
    ]);
    await dialog.getByRole('button', { name: `Delete (${COPIES})` }).click();
    await page.waitForURL(/\/bulk-operations\//);
    await page.reload();
    await page.getByRole('heading', { name: `Delete: ${COPIES} job queue entries` }).waitFor();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await dialog.getByRole('button', { name: 'Stop it' }).click();
    // On a slow machine the row that it waits for may be given up, and the operation with it, between two looks of the page.
    await page
      .getByText(/^Abort(ing|ed)$/)
      .first()
      .waitFor();
    await client.query('rollback');
  });
  await page.getByText('Aborted').waitFor();
  await page.getByText(/not begun/).waitFor();
  await page.getByRole('row').filter({ hasText: 'Done' }).first().waitFor();
  const [left] = await web.kit.query<{ count: string }>(
    'select count(*) from nightshift.job_queue_entry where entry_no > $1',
    [FIRST],
  );
  expect(Number(left?.count)).toBeGreaterThan(COPIES - FREE - 10);
  await page.getByRole('link', { name: 'Bulk operations' }).first().click();
  await page.getByRole('row').filter({ hasText: 'TOM' }).getByText('Aborted').waitFor();
  await page.context().close();
}, 120_000);

test('two people change one entry: the second sees field by field what differs, and takes it or puts his on top', async () => {
  const [{ id } = { id: '' }] = await web.kit.query<{ id: string }>(
    'select id from nightshift.job_queue_entry where entry_no = 5',
  );
  const card = `/job-queue-entries/${id}?company=CRONUS`;
  const [clara, tom] = await Promise.all([
    web.open(card, { user: 'CLARA' }),
    web.open(card, { user: 'TOM' }),
  ]);
  await Promise.all([clara, tom].map((page) => page.getByRole('button', { name: 'Edit' }).click()));
  await tom.getByLabel('Description', { exact: true }).fill('Reminders, by Tom');
  await clara.getByLabel('Description', { exact: true }).fill('Reminders, by Clara');
  await clara.getByRole('button', { name: 'Save', exact: true }).click();
  await clara.getByRole('heading', { name: /Reminders, by Clara/ }).waitFor();
  await tom.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = tom.getByRole('dialog');
  await dialog.getByText(/Changed by CLARA/).waitFor();
  await dialog
    .getByRole('row')
    .filter({ hasText: 'Reminders, by Clara' })
    .filter({ hasText: 'Reminders, by Tom' })
    .waitFor();
  await dialog.getByRole('button', { name: 'Apply mine on top' }).click();
  await tom.getByRole('heading', { name: /Reminders, by Tom/ }).waitFor();
  await clara.getByRole('heading', { name: /Reminders, by Tom/ }).waitFor();
  await Promise.all([clara.context().close(), tom.context().close()]);
});

test('two people change one category: the second takes what the first has made of it, and goes on', async () => {
  const open = async (user: string) => {
    const page = await web.open('/categories?company=CRONUS', { user });
    await page.getByRole('button', { name: 'Actions for category SHOP' }).click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    return page;
  };
  const [clara, tom] = await Promise.all([open('CLARA'), open('TOM')]);
  await tom.getByLabel('Description').fill('By Tom');
  await clara.getByLabel('Description').fill('By Clara');
  await clara.getByRole('button', { name: 'Save' }).click();
  await clara.getByRole('dialog').waitFor({ state: 'detached' });
  await tom.getByRole('button', { name: 'Save' }).click();
  await tom.getByRole('dialog').getByRole('cell', { name: 'By Clara' }).waitFor();
  await tom.getByRole('button', { name: 'Take theirs, drop mine' }).click();
  await until(
    'the form shows what Clara has made of it',
    async () => (await tom.getByLabel('Description').inputValue()) === 'By Clara',
  );
  await tom.getByLabel('At a time').fill('3');
  await tom.getByRole('button', { name: 'Save' }).click();
  await tom.getByRole('dialog').waitFor({ state: 'detached' });
  const [row] = await web.kit.query(
    "select description, parallelism from nightshift.job_queue_category where code = 'SHOP'",
  );
  expect(row).toEqual({ description: 'By Clara', parallelism: 3 });
  await Promise.all([clara.context().close(), tom.context().close()]);
});

test('a view is saved and shared; the guide opens beside the screen and follows links', async () => {
  const page = await web.open('/job-queue-entries?company=CRONUS&q=invoices', { user: 'CLARA' });
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.getByLabel('Name of the view').fill('Invoices');
  await page.getByRole('checkbox', { name: 'Share with everybody in the company' }).check();
  await page.getByRole('button', { name: 'Save view' }).last().click();
  await page.getByRole('button', { name: 'Invoices', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Guide to this screen' }).click();
  const guide = page.getByRole('complementary', { name: 'Guide' });
  await guide.getByRole('heading', { level: 2 }).waitFor();
  await guide.getByRole('combobox').selectOption('rights');
  await guide.getByRole('link', { name: 'permissions', exact: true }).first().click();
  await page.waitForURL(/guide=permissions/);
  await guide.getByRole('button', { name: 'Close the guide' }).click();
  await guide.waitFor({ state: 'detached' });
  const other = await web.open('/job-queue-entries?company=CRONUS', { user: 'TOM' });
  await other.getByRole('button', { name: 'Invoices', exact: true }).click();
  await other.waitForURL(/q=invoices/);
  await Promise.all([page.context().close(), other.context().close()]);
});
