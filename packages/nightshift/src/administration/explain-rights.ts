import {
  companySchema,
  type ExplainedRun,
  explainRun,
  type RightsExplanation,
  SHARED_SCHEMA,
  type TableInDatabase,
} from '../permissions/index.ts';
import { actorOf, type Caller, doorOf } from '../session/index.ts';
import { TASK_SCHEDULER } from '../task-scheduler/index.ts';
import { type AdministrationService, administrationOf } from './administration-service.ts';
import { readTableRights } from './rights-explanation.sql.ts';

/** Whose rights to which codeunit are explained. */
export interface RightsQuestion {
  readonly user: string;
  /** Default: the caller's. */
  readonly company?: string;
  /** Its name, or its number as text. */
  readonly codeunit: string;
}

/**
 * Explains step by step whether a user may run a codeunit in a company, and have it run unattended: by which permission set,
 * by which include, what an exclude takes away, and what PostgreSQL itself says. Everybody may ask about himself.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, USER_UNKNOWN, COMPANY_UNKNOWN, CODEUNIT_UNKNOWN
 */
export async function explainRights(caller: Caller, question: RightsQuestion): Promise<RightsExplanation> {
  const door = doorOf(caller);
  door.refuseIfOver();
  const service = administrationOf(door);
  const directory = await service.authority.directory();
  const company = question.company === undefined ? door.company : directory.company(question.company);
  const isOwn = question.user === door.user.name;
  const wish = { kind: 'user', id: null, name: question.user, isOwn };
  await service.authority.demand({ ...actorOf(door), company }, 'rights.explain', wish);
  const user = directory.user(question.user);
  const object = door.service(TASK_SCHEDULER).codeunits.get(question.codeunit);
  const run = { user, company: directory.companyByNo(company.no), object };
  const inDatabase = await rightsInDatabase(service, run);
  return explainRun(directory, { ...run, inDatabase }, service.clock.now());
}

/** What PostgreSQL says of the tables that a codeunit declares. */
async function rightsInDatabase(
  { database, directory, names }: AdministrationService,
  { user, company, object }: Pick<ExplainedRun, 'user' | 'company' | 'object'>,
): Promise<ReadonlyMap<string, TableInDatabase>> {
  const tables = Object.keys(object.permissions.tables ?? {});
  const lent = directory.inherentPermissions.find(({ codeunit }) => codeunit === object.name);
  const rows = await database.run<TableInDatabase & { readonly name: string }>(readTableRights, [
    tables,
    [companySchema(company.no), SHARED_SCHEMA],
    names.userInCompany(user.no, company.no),
    lent === undefined ? null : names.userLent(user.no, company.no, lent.no),
  ]);
  return new Map(rows.map(({ name, schema, rights, rightsLent }) => [name, { schema, rights, rightsLent }]));
}
