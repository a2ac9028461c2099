import { classifyFailure, type Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { companySchema, type RoleNames } from '../permissions/index.ts';
import { readCompanyState } from './open-company.sql.ts';
import type { ClaimedTask } from './scheduled-task.ts';

/** What a failure is looked into with. */
export interface OpenCompanyParts {
  readonly database: Executor;
  readonly names: RoleNames;
  /** Whose slots may be at fault. */
  readonly epoch: string;
}

interface CompanyStateRow {
  readonly has_schema: boolean;
  readonly has_role: boolean;
  readonly may_use: boolean;
  readonly may_act: boolean;
  readonly is_upgraded: boolean;
}

/**
 * What stands behind an error about tables and rights. A schema that is missing is no error where a session begins: its
 * tables are just not found. Opening a company costs nothing for that, and what failed is looked into here.
 *
 * @param ranMs how long the session had run, in milliseconds
 * @returns a NightshiftError COMPANY_CANNOT_OPEN or UPGRADE_IN_PROGRESS with the error as its cause; null when it stands
 *   for itself
 */
export async function explainFailure(
  { database, names, epoch }: OpenCompanyParts,
  { userNo, companyNo }: ClaimedTask,
  error: unknown,
  ranMs: number,
): Promise<NightshiftError | null> {
  if (!isOfSchema(classifyFailure(error).code)) return null;
  const schema = companySchema(companyNo);
  const role = names.userInCompany(userNo, companyNo);
  const values = [schema, role, `ns_${names.mark}_s`, epoch, userNo, companyNo, ranMs];
  const [state] = await database.run<CompanyStateRow>(readCompanyState, values).catch(() => []);
  if (state === undefined) return null;
  const why = whyNotOpen(state, schema, names.enforcement === 'database' ? role : null);
  if (why !== null) {
    return new NightshiftError('COMPANY_CANNOT_OPEN', `The company cannot be opened: ${why}.`, {
      cause: error,
    });
  }
  if (!state.is_upgraded) return null;
  return new NightshiftError(
    'UPGRADE_IN_PROGRESS',
    'The tables were changed by an upgrade in the meantime.',
    {
      cause: error,
    },
  );
}

/** Whether an error may come from a schema, a table or a role that is missing or is being changed. */
function isOfSchema(code: string | null): boolean {
  return code !== null && (/^42/.test(code) || ['3F000', '22023', '0A000'].includes(code));
}

/** @param role null: there are no roles, since codeunits enforce */
function whyNotOpen(state: CompanyStateRow, schema: string, role: string | null): string | null {
  if (!state.has_schema) return `there is no schema ${schema}`;
  if (role === null) return null;
  if (!state.has_role) return `there is no role ${role}`;
  if (!state.may_use) return `role ${role} may not use schema ${schema}`;
  if (!state.may_act) return `a login of the server instance is no member of role ${role}`;
  return null;
}
