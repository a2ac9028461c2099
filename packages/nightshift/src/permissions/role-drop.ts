import type { Transaction } from '../database/index.ts';
import { rolesBeginning } from './role-catalog.ts';
import { type RoleNames, roleNames } from './role-names.ts';
import { dropRole, forgetSlotsOfCompany } from './roles.sql.ts';

/** Roles whose commands go in one message. */
const ROLES_MAX = 100;

/**
 * Drops the roles of a company that is deleted: those of its users, of the permission sets and of what codeunits lend there.
 * The caller holds `lockEnvironment`, and has dropped the company's schema or does so in the same transaction.
 */
export async function dropCompanyRoles(tx: Transaction, names: RoleNames, companyNo: number): Promise<void> {
  // Where codeunits enforce, there are roles of an earlier time at most, and with them the one that owned the tables.
  const roles = await rolesBeginning(tx, names, '', `_c${companyNo}(_i[0-9]+)?$`);
  // A slot that says it works there would later be told to leave a role that is no more.
  await tx.run(forgetSlotsOfCompany, [companyNo]);
  for (let at = 0; at < roles.length; at += ROLES_MAX) {
    const commands = roles
      .slice(at, at + ROLES_MAX)
      .flatMap(({ name }) => dropRole(name, roleNames(names.mark).app));
    await tx.command(commands.join(';\n'));
  }
}
