import { calendarText } from './company-calendar.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { listOf, tableOf } from './showing.ts';
import { companies } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** Lists the companies that the user may work in. */
export async function listCompaniesCommand(invocation: Invocation): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const listed = await companies.list(caller);
    invocation.answer(listed, () =>
      tableOf(
        ['Name', 'No.', 'Schema', 'Time zone', 'State'],
        listed.map(({ name, no, schema, timeZone, state }) => [name, no, schema, timeZone, state]),
      ),
    );
  });
  return EXIT.ok;
}

/** Shows one company. */
export async function showCompany(invocation: Invocation, wanted: string): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const company = await companies.get(caller, wanted);
    const calendar = await companies.workCalendar(caller, wanted);
    invocation.answer({ ...company, workCalendar: calendar }, () => {
      const { name, no, schema, timeZone, state } = company;
      const facts = listOf([
        ['Company', name],
        ['No.', no],
        ['Schema', schema],
        ['State', state],
        ['Time zone', timeZone],
      ]);
      return `${facts}\n${calendarText(calendar)}`;
    });
  });
  return EXIT.ok;
}
