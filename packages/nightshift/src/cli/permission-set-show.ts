import type { EffectiveRights, NameList, PermissionSetDetails } from '../administration/index.ts';
import { VERBS } from '../contract/permissions.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { listOf, tableOf } from './showing.ts';
import { permissionSets } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** Lists the permission sets. */
export async function listPermissionSetsCommand(invocation: Invocation): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const sets = await permissionSets.list(caller);
    invocation.answer(sets, () =>
      tableOf(
        ['Name', 'Declared by', 'Users', 'Codeunits', 'Reports', 'Tables', 'Includes', 'Description'],
        sets.map((set) => [
          set.name,
          sourceText(set),
          set.users,
          set.definition.codeunits.length,
          set.definition.reports.length,
          Object.keys(set.definition.tables).length,
          set.definition.includes.join(', '),
          set.description,
        ]),
      ),
    );
  });
  return EXIT.ok;
}

/** Shows what a permission set gives in the end, and who has it. */
export async function showPermissionSet(invocation: Invocation, name: string): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const set = await permissionSets.get(caller, name);
    invocation.answer(set, () => setText(set));
  });
  return EXIT.ok;
}

function setText(set: PermissionSetDetails): string {
  const { definition, rights, assignments } = set;
  const facts = listOf([
    ['Permission set', set.name],
    ['Description', set.description === '' ? null : set.description],
    ['Declared by', sourceText(set)],
    ...(set.alsoDeclaredBy === null
      ? []
      : ([['Also declared by', `application ${set.alsoDeclaredBy}, which does not count`]] as const)),
    ['Includes', definition.includes.join(', ') || null],
    ['Excludes', definition.excludes.join(', ') || null],
    ['Version', set.version],
  ]);
  const rows = rightsRows(rights);
  const gives = rows.length === 0 ? 'It gives nothing.' : tableOf(['Kind', 'Name', 'Rights'], rows);
  const who =
    assignments.length === 0
      ? 'Nobody that you may see has it.'
      : tableOf(
          ['User', 'Company'],
          assignments.map(({ user, company, isGone }) => [
            `${user}${isGone ? ' (gone)' : ''}`,
            company ?? '(all)',
          ]),
        );
  return [facts, gives, who].join('\n\n');
}

function sourceText({
  source,
  application,
  isObsolete,
}: Pick<PermissionSetDetails, 'source' | 'application' | 'isObsolete'>) {
  if (source === 'administrator') return 'administrators';
  if (source === 'built-in') return 'built in';
  return `application ${application}${isObsolete ? ', no more (obsolete)' : ''}`;
}

function rightsRows({ codeunits, reports, tables, verbs }: EffectiveRights): readonly (readonly string[])[] {
  return [
    ...runRows('codeunit', codeunits),
    ...runRows('report', reports),
    ...Object.entries(tables).map(([table, letters]) => [
      'table',
      table === '*' ? '(every other)' : table,
      letters === '' ? '(none)' : letters,
    ]),
    ...verbs.map((verb) => ['verb', verb, VERBS[verb].what]),
  ];
}

function runRows(kind: string, { allBut, names }: NameList): readonly (readonly string[])[] {
  return [
    ...names.map((name) => [kind, name, allBut ? '(none)' : 'run']),
    ...(allBut ? [[kind, names.length === 0 ? '(every)' : '(every other)', 'run']] : []),
  ];
}
