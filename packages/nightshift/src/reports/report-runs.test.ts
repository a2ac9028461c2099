import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { companies, jobQueue, reportInbox, taskScheduler } from '../platform/index.ts';
import { type Caller, codeunit, startSession, stopSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import application, { anything, given, large, SALES } from '../testing/fixtures/reports-app.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';

const { codeunits, migrations, jobQueueEntries } = application;
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits,
    migrations,
    jobQueueEntries,
    applicationModule: new URL('../testing/fixtures/reports-app.ts', import.meta.url),
  });
  await addSets(kit, {
    Reports: { reports: ['Sales'], tables: { sale: 'R' } },
    Codeunits: { codeunits: ['*'], tables: { sale: 'R' } },
  });
  await addUsers(
    kit,
    { name: 'READER', sets: ['Job Queue Run', 'Reports'] },
    { name: 'CODER', sets: ['Job Queue Run', 'Codeunits'] },
  );
});
afterAll(() => kit.stop());
afterEach(async () => {
  await kit.query('delete from nightshift.report_inbox');
  given.made = undefined;
});

const as = (user: string): Caller => kit.platform.as({ user, company: 'CRONUS' });

/** Has an entry run, and waits for its end. */
async function ran(caller: Caller, input: Parameters<typeof jobQueue.create>[1]) {
  const { id } = await jobQueue.create(caller, input);
  await jobQueue.setStatusToReady(caller, id);
  return until('it has ended', async () => {
    const entry = await jobQueue.get(kit.admin, id);
    return entry.status === 'Finished' || entry.status === 'Error' ? entry : null;
  });
}

async function textOf(caller: Caller): Promise<string> {
  const { documents } = await reportInbox.list(caller);
  return String((await reportInbox.fetch(caller, documents[0]?.no ?? 0)).content);
}

/** What is refused: its code, and the field that it names. */
async function refusal(work: Promise<unknown>) {
  const error = await work.then(
    () => null,
    (refused: { code?: string; field?: string; message?: string }) => refused,
  );
  return [error?.code, error?.field, error?.message];
}

describe('a job queue entry that runs a report', () => {
  test('leaves a document with its run: entry, log entry, lines of the log', async () => {
    const entry = await ran(as('READER'), {
      object: 'Sales',
      reportOutputType: 'CSV',
      parameters: { atLeast: 0 },
      description: 'For the boss',
    });
    expect(entry).toMatchObject({ status: 'Finished', objectType: 'report', reportOutputType: 'CSV' });
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: entry.id });
    expect(log).toMatchObject({
      status: 'Success',
      lines: [
        { text: expect.stringMatching(/^"Sales .*\.csv" \(\d+ bytes\) is in the report inbox of READER\.$/) },
      ],
    });
    expect(await kit.waitFor('NS0076', ({ entryNo }) => entryNo === entry.entryNo)).toMatchObject({
      dimensions: { report: 'Sales', outputType: 'CSV', user: 'READER', bytes: expect.any(Number) },
    });
    const page = await reportInbox.list(as('READER'));
    expect(page).toMatchObject({ next: null, total: { value: 1, isExact: true } });
    const [document] = page.documents;
    expect(document).toMatchObject({
      ...{ report: 'Sales', description: 'For the boss', outputType: 'CSV', user: 'READER', readAt: null },
      ...{ entryId: entry.id, entryNo: entry.entryNo, logNo: log?.no },
    });
    expect(await textOf(as('READER'))).toBe('\uFEFFNo.,Amount\r\nA,0.1\r\nB,0.2\r\n');
    expect((await reportInbox.get(as('READER'), document?.no ?? 0)).readAt).toBeInstanceOf(Date);
  });

  test('yields what the report usually yields when nobody says what; None only runs it', async () => {
    expect(await jobQueue.create(kit.admin, { object: SALES.main })).toMatchObject({
      reportOutputType: 'PDF',
    });
    expect(await jobQueue.create(kit.admin, { object: 'Anything' })).toMatchObject({
      reportOutputType: 'HTML',
    });
    given.made = { columns: [{ name: 'x' }], rows: [] };
    expect(await ran(kit.admin, { object: anything, reportOutputType: 'None' })).toMatchObject({
      status: 'Finished',
    });
    expect(given.asked).toEqual({ parameters: undefined, outputType: 'None' });
    expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
  });

  test.each([
    [
      'reportOutputType',
      { object: 'Anything', reportOutputType: 'XLSX' },
      /yields HTML, CSV, PDF, or None; not XLSX/,
    ],
    ['reportOutputType', { object: 'Sales', reportOutputType: 'WORD' }, /reportOutputType/],
    [
      'parameters.atLeast',
      { object: 'Sales', parameters: { atLeast: -1 } },
      /do not fit report "Sales": parameters.atLeast/,
    ],
    ['parameters', { object: 'Sales', parameters: 'x' }, /parameters/],
    ['parameters', { object: 'Anything', parameters: { a: 1 } }, /takes none/],
  ])('is refused at the door where %s does not fit: %j', async (field, input, text) => {
    const [code, named, message] = await refusal(jobQueue.create(kit.admin, input as never));
    expect([code, named]).toEqual(['VALIDATION', field]);
    expect(message).toMatch(text);
  });

  test('keeps what it yields when it is changed, unless what it runs is changed', async () => {
    const { id } = await jobQueue.create(kit.admin, { object: 'Sales', reportOutputType: 'CSV' });
    const [code, field] = await refusal(
      jobQueue.modify(kit.admin, id, { reportOutputType: 'None', parameters: { atLeast: 'x' } }),
    );
    expect([code, field]).toEqual(['VALIDATION', 'parameters.atLeast']);
    expect(await jobQueue.modify(kit.admin, id, { description: 'kept' })).toMatchObject({
      reportOutputType: 'CSV',
    });
    expect(await jobQueue.modify(kit.admin, id, { object: 'Anything' })).toMatchObject({
      reportOutputType: 'HTML',
    });
    expect(await jobQueue.copy(kit.admin, id)).toMatchObject({
      reportOutputType: 'HTML',
      objectType: 'report',
    });
  });

  test('has the report run with the rights of its user: to reports, not to codeunits', async () => {
    expect(await ran(as('READER'), { object: 'Sales', reportOutputType: 'HTML' })).toMatchObject({
      status: 'Finished',
    });
    const { id } = await jobQueue.create(as('CODER'), { object: 'Sales' });
    const [code, , message] = await refusal(jobQueue.setStatusToReady(as('CODER'), id));
    expect(code).toBe('PERMISSION_DENIED');
    expect(message).toMatch(/report Sales.*to run report Sales.*Reports, SUPER/);
    const [alsoHere, , here] = await refusal(startSession(as('CODER'), SALES.main, { record: {} }));
    expect(alsoHere).toBe('PERMISSION_DENIED');
    expect(here).toMatch(/may not run report Sales .*Reports, SUPER/);
  });

  test('that fails leaves no document, and neither does one that fails after its report has filed it', async () => {
    const failed = await ran(kit.admin, {
      object: 'Sales',
      reportOutputType: 'CSV',
      parameters: { fails: true },
    });
    expect(failed).toMatchObject({ status: 'Error', error: { message: 'the last row is broken' } });
    expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
    // What is filed goes back with what fails after it.
    const outer = codeunit({
      name: 'outer',
      async onRun(session) {
        await session.run(SALES.main, { outputType: 'CSV' });
        throw new Error('after it was filed');
      },
    });
    await expect(kit.open((session) => session.run(outer))).rejects.toThrow('after it was filed');
    expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
  });

  test('declared in code by the name of a report is one; enqueued for another document is another entry', async () => {
    const entries = await jobQueue.list(kit.admin);
    expect(entries.find(({ declaredName }) => declaredName === 'sales every day')).toMatchObject({
      objectType: 'report',
      reportOutputType: 'XLSX',
    });
    const daily = { nextRunDateFormula: '1D', timeZone: 'UTC' };
    const first = await jobQueue.enqueue(kit.admin, 'Sales', { ...daily, reportOutputType: 'CSV' });
    const again = await jobQueue.enqueue(kit.admin, SALES.main, { ...daily, reportOutputType: 'CSV' });
    const other = await jobQueue.enqueue(kit.admin, 'Sales', { ...daily, reportOutputType: 'HTML' });
    expect([first.created, again.created, other.created]).toEqual([true, false, true]);
    for (const { entry } of [first, other]) await jobQueue.setOnHold(kit.admin, entry.id);
  });

  test('can be run once before a person, whose inbox the document comes into', async () => {
    const { id } = await jobQueue.create(as('READER'), { object: 'Sales', reportOutputType: 'CSV' });
    await jobQueue.runOnce(as('READER'), id, null);
    expect((await reportInbox.list(as('READER'))).documents).toMatchObject([
      { user: 'READER', outputType: 'CSV' },
    ]);
  });
});

describe('a report by itself', () => {
  test.each(['main', 'thread', 'process'] as const)(
    'runs in a session of its own in the %s',
    async (place) => {
      const record = { outputType: 'PDF' as const, parameters: { atLeast: 0.15 } };
      const { finished } = await startSession(kit.admin, SALES[place], { record });
      expect(await finished).toMatchObject({ succeeded: true });
      const { documents } = await reportInbox.list(kit.admin);
      expect(documents).toMatchObject([{ report: SALES[place].name, entryId: null, logNo: null }]);
      const { content, contentType, fileName } = await reportInbox.fetch(kit.admin, documents[0]?.no ?? 0);
      expect([String(content.subarray(0, 5)), contentType]).toEqual(['%PDF-', 'application/pdf']);
      expect(fileName).toMatch(/^Sales.* \d{4}-\d{2}-\d{2}\.pdf$/);
    },
  );

  test('runs as a task', async () => {
    await taskScheduler.createTask(as('READER'), SALES.main, { record: { outputType: 'CSV' } });
    await until(
      'the document is there',
      async () => (await reportInbox.list(as('READER'))).total.value === 1,
    );
  });

  test('may make its document itself, whose name any file system takes', async () => {
    given.made = { content: '<b>Grüße</b>', fileName: '../../etc/"passwd"\n.html' };
    await kit.open((session) => session.run(anything, { outputType: 'HTML' }));
    const { documents } = await reportInbox.list(kit.admin);
    expect(documents[0]?.fileName).toBe('etc passwd.html');
    expect(await textOf(kit.admin)).toBe('<b>Grüße</b>');
    given.made = { content: new Uint8Array([1, 2, 3]).subarray(1) };
    await kit.open((session) => session.run(anything, { outputType: 'CSV' }));
    const { no = 0 } = (await reportInbox.list(kit.admin)).documents[0] ?? {};
    expect([...(await reportInbox.fetch(kit.admin, no)).content]).toEqual([2, 3]);
  });

  test.each([
    ['CSV', 2_000],
    ['HTML', 2_000],
    ['XLSX', 2_000],
    ['PDF', 200],
  ] as const)('of many rows is made a %s in a thread of its own', async (outputType, count) => {
    const rows = Array.from({ length: count }, (_, no) => ({
      no,
      at: new Date(0),
      odd: () => 'x',
      big: 10n ** 30n,
    }));
    given.made = { columns: ['no', 'at', 'odd', 'big'].map((name) => ({ name })), rows };
    const target = outputType === 'XLSX' ? large : anything;
    await kit.open((session) => session.run(target, { outputType }));
    const { documents } = await reportInbox.list(kit.admin);
    expect(documents).toMatchObject([{ outputType, size: expect.any(Number) }]);
    if (outputType === 'CSV')
      expect((await textOf(kit.admin)).split('\r\n')[2_000]).toMatch(
        /^1999,1970-01-01T00:00:00\.000Z,"?\(\) => "*'?x'?"*,10{30}$/,
      );
  });

  test('that is stopped while its document is made ends at once, and leaves nothing', async () => {
    const read = Promise.withResolvers<void>();
    function* rows() {
      for (let no = 0; no < 10_000; no++) yield { no, text: `Row ${no} of many` };
      read.resolve();
    }
    given.made = { columns: [{ name: 'no' }, { name: 'text' }], rows: rows() };
    const { id, finished } = await startSession(kit.admin, anything, { record: { outputType: 'PDF' } });
    await read.promise;
    await stopSession(kit.admin, id, 'changed my mind');
    expect(await finished).toMatchObject({ succeeded: false, type: 'Stopped', comment: 'changed my mind' });
    expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
  });

  test('that has nothing to tell says so, and leaves nothing', async () => {
    const { id } = await ran(kit.admin, { object: anything });
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
    expect(log?.lines).toMatchObject([
      { text: 'Report "Anything" had nothing to tell: there is no document.' },
    ]);
    expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
  });

  test.each([
    ['a number', 5, 'VALIDATION', undefined],
    ['no columns', { columns: [], rows: [] }, 'VALIDATION', 'columns'],
    ['a column without a name', { columns: [{ name: '' }], rows: [] }, 'VALIDATION', 'columns.0.name'],
    [
      'a strange column',
      { columns: [{ name: 'a', type: 'money' }], rows: [] },
      'VALIDATION',
      'columns.0.type',
    ],
    [
      'too many decimals',
      { columns: [{ name: 'a', decimals: 13 }], rows: [] },
      'VALIDATION',
      'columns.0.decimals',
    ],
    ['a sum of texts', { columns: [{ name: 'a', total: true }], rows: [] }, 'VALIDATION', 'columns.0.total'],
    ['rows that are none', { columns: [{ name: 'a' }], rows: 'abc' }, 'VALIDATION', 'rows'],
    ['a row that is none', { columns: [{ name: 'a' }], rows: [null] }, 'VALIDATION', 'rows'],
    ['a title that is none', { title: 5, columns: [{ name: 'a' }], rows: [] }, 'VALIDATION', 'title'],
    ['content that is none', { content: 5 }, 'VALIDATION', 'content'],
    [
      'too many rows',
      { columns: [{ name: 'a' }], rows: Array.from({ length: 100_001 }, () => ({})) },
      'DOCUMENT_TOO_LARGE',
      undefined,
    ],
    ['too much content', { content: new Uint8Array(25 * 1_048_576 + 1) }, 'DOCUMENT_TOO_LARGE', undefined],
  ])('that returns %s fails, with what is wrong', async (_, made, code, field) => {
    given.made = made;
    const [found, named] = await refusal(kit.open((session) => session.run(anything, { outputType: 'CSV' })));
    expect([found, named ?? undefined]).toEqual([code, field]);
    expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
  });

  test('rows that come as they are read end a PDF where it would be too long', async () => {
    async function* endless() {
      for (let no = 0; ; no++) yield { a: no };
    }
    given.made = { columns: [{ name: 'a' }], rows: endless() };
    const [code, , text] = await refusal(kit.open((session) => session.run(anything, { outputType: 'PDF' })));
    expect([code, text]).toEqual(['DOCUMENT_TOO_LARGE', expect.stringContaining('more than 10,000 rows')]);
  });
});

describe('the fence around the inbox', () => {
  const FILE = `select nightshift_session.report_file($1, 1, '{"report": "x", "description": "", "output_type": "CSV",
    "file_name": "x.csv", "session_unique_id": "01890a5d-ac96-774b-bcce-b302099a8057"}', 'x', null)`;

  test('code may put into the inbox of its own user, not into those of others, and reads none', async () => {
    const { directory } = kit.platform;
    const file = (no: number) =>
      kit.platform.open({ user: 'READER', company: 'CRONUS' }, (session) => session.db.query(FILE, [no]));
    await file(directory.user('READER').no);
    await expect(file(directory.user('ADMIN').no)).rejects.toMatchObject({
      code: expect.stringMatching(/NS002|PERMISSION_DENIED/),
    });
    for (const text of ['select from nightshift.report_inbox', 'delete from nightshift.report_inbox'])
      await expect(
        kit.platform.open({ user: 'READER', company: 'CRONUS' }, (session) => session.db.query(text)),
      ).rejects.toMatchObject({ code: expect.stringMatching(/42501|PERMISSION_DENIED/) });
  });

  test('a company that is deleted takes its documents along', async () => {
    await addCompany(kit, 'GONE');
    await kit.platform.open({ user: 'ADMIN', company: 'GONE' }, (session) =>
      session.run(SALES.main, { outputType: 'CSV' }),
    );
    expect(await kit.query('select no from nightshift.report_inbox')).toHaveLength(1);
    await companies.delete(kit.admin, 'GONE', { confirm: 'GONE' });
    expect(await kit.query('select no from nightshift.report_inbox')).toHaveLength(0);
  });
});
