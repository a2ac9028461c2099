import type { Transaction } from '../database/index.ts';
import { rolesBeginning } from './role-catalog.ts';
import { commandsOf, messagesOf } from './role-commands.ts';
import { makersFor } from './role-makers.ts';
import { type RoleNames, roleNames } from './role-names.ts';
import { forgetSlotsOfCompany } from './roles.sql.ts';

/**
 * Drops the roles of a company that is deleted: those of its users, of the permission sets and of what codeunits lend there.
 * The caller holds `lockEnvironment`, and has dropped the company's schema or does so in the same transaction.
 */
export async function dropCompanyRoles(tx: Transaction, names: RoleNames, companyNo: number): Promise<void> {
  // Where codeunits enforce, there are roles of an earlier time at most, and with them the one that owned the tables.
  const roles = await rolesBeginning(tx, names, '', `_c${companyNo}(_i[0-9]+)?$`);
  // A slot that says it works there would later be told to leave a role that is no more.
  await tx.run(forgetSlotsOfCompany, [companyNo]);
  const extra = roles.map(({ name }) => ({ kind: 'role-extra', role: name }) as const);
  const own = roleNames(names.mark);
  const makers = await makersFor(tx, own, extra);
  for (const text of messagesOf(commandsOf(own, extra, makers))) await tx.command(text);
}
