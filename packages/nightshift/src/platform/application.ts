import { type AdministeredApplication, checkDeclarations } from '../administration/index.ts';
import type { Executor, Migration } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import {
  checkDeclaredEntries,
  checkHooks,
  type Declarations,
  type DeclaredEntry,
  declareEntries,
  type JobQueueHooks,
} from '../job-queue/index.ts';
import type { Directory, PermissionSet } from '../permissions/index.ts';
import { isReport, type Report } from '../reports/index.ts';
import { type AnyCodeunit, isVersion, type Session } from '../session/index.ts';
import {
  type AnyWorkItems,
  checkWorkItems,
  type Intake,
  itemsMigrations,
  partitionMigrationNamed,
} from '../work-items/index.ts';

/** What an application module exports by default. */
export interface Application {
  readonly name: string;
  readonly version: string | null;
  /** What can be run: codeunits, and reports. */
  readonly codeunits: readonly AnyCodeunit[];
  readonly migrations: readonly Migration[];
  readonly permissionSets: readonly PermissionSet[];
  readonly jobQueueEntries: readonly DeclaredEntry[];
  readonly jobQueueHooks: JobQueueHooks;
  readonly workItems: readonly AnyWorkItems[];
  readonly intakes: Readonly<Record<string, ServedIntake>>;
  readonly onCompanyCreate: ((session: Session) => Promise<void>) | null;
}

/** An intake that the server answers for, at `/api/v1/companies/{company}/intakes/{name}`. */
export interface ServedIntake {
  /** Made by `intake()`: who is let in, and what becomes of what he sends. */
  readonly take: Intake;
  /** The name of the user in whose name it is staged: he needs the right `I` to the table. */
  readonly user: string;
}

/** What `defineApp` takes. */
export interface ApplicationDefinition {
  /** 1 to 100 characters; names the application's migrations in the database. */
  readonly name: string;
  /** Of its code, 1 to 100 characters: log entries say which one ran. Default: none. */
  readonly version?: string;
  /** What can be run. Default: nothing. */
  readonly codeunits?: readonly AnyCodeunit[];
  /** What yields documents, made by `report()`. No report has the name of a codeunit. Default: nothing. */
  readonly reports?: readonly Report[];
  /** The application's tables, forward only; each is run once per company, in that company's schema. Default: none. */
  readonly migrations?: readonly Migration[];
  /** Named rights that administrators give to users. Default: none. */
  readonly permissionSets?: readonly PermissionSet[];
  /** Entries that every company has from the start, On Hold; from then on people own them. Default: none. */
  readonly jobQueueEntries?: readonly DeclaredEntry[];
  /** What is done around the runs of job queue entries: before and after, on errors, about the next run. Default: nothing. */
  readonly jobQueueHooks?: JobQueueHooks;
  /** Tables of work items, made by `workItems()`; every company has them before the application's own. Default: none. */
  readonly workItems?: readonly AnyWorkItems[];
  /**
   * Where other systems send what they have by themselves (webhooks), by name: 1 to 50 lower-case letters, digits and `-`.
   * Default: nowhere.
   */
  readonly intakes?: Readonly<Record<string, ServedIntake>>;
  /**
   * Fills a company that was just created, in a management session as its creator; when it fails, nothing of the company is
   * left. Not called for the copy of a company. Default: nothing to do.
   */
  readonly onCompanyCreate?: (session: Session) => Promise<void>;
}

const INTAKE_NAME = /^[a-z0-9-]{1,50}$/;
const MIGRATION_NAME = /^\d{4}_[a-z0-9_]{1,80}$/;

/**
 * Declares an application, for `nightshift serve --app` and for `createPlatform`.
 * @throws NightshiftError APPLICATION_INVALID with the field
 */
export function defineApp(definition: ApplicationDefinition): Application {
  const { name, codeunits = [], migrations = [], permissionSets = [], onCompanyCreate = null } = definition;
  const {
    jobQueueEntries = [],
    jobQueueHooks = {},
    version = null,
    workItems = [],
    intakes = {},
    reports = [],
  } = definition;
  if (typeof name !== 'string' || name === '' || name.length > 100) {
    throw invalid('name', 'An application has a name of 1 to 100 characters.');
  }
  if (version !== null && !isVersion(version)) {
    throw invalid('version', 'The version of an application is text of 1 to 100 characters.');
  }
  if (onCompanyCreate !== null && typeof onCompanyCreate !== 'function')
    throw invalid('onCompanyCreate', 'onCompanyCreate is a function that takes a session.');
  const names = new Set<string>();
  for (const migration of migrations) {
    if (!MIGRATION_NAME.test(migration.name)) {
      throw invalid('migrations', `"${migration.name}" is no name for a migration; write 0001_what_it_does.`);
    }
    if (names.has(migration.name))
      throw invalid('migrations', `Two migrations are named "${migration.name}".`);
    names.add(migration.name);
  }
  checkDeclarations(permissionSets);
  checkReports(reports);
  const runnable = [...codeunits, ...(reports as readonly AnyCodeunit[])];
  const entries = withObjects(jobQueueEntries, runnable);
  checkDeclaredEntries(entries);
  checkWorkItems(workItems);
  checkIntakes(intakes);
  const sorted = [...migrations].sort((one, other) => (one.name < other.name ? -1 : 1));
  return Object.freeze({
    name,
    version,
    codeunits: Object.freeze(runnable),
    migrations: Object.freeze([...workItems.flatMap(itemsMigrations), ...sorted]),
    permissionSets: Object.freeze([...permissionSets]),
    jobQueueEntries: Object.freeze(entries),
    jobQueueHooks: checkHooks(jobQueueHooks),
    workItems: Object.freeze([...workItems]),
    intakes: Object.freeze({ ...intakes }),
    onCompanyCreate,
  });
}

function checkReports(reports: readonly Report[]): void {
  if (
    Array.isArray(reports) &&
    reports.every((each) => typeof each === 'object' && each !== null && isReport(each))
  )
    return;
  throw invalid('reports', 'reports are what report() has made.');
}

/** Entries with what they run instead of its name: a report says what it can yield. */
function withObjects(
  entries: readonly DeclaredEntry[],
  runnable: readonly AnyCodeunit[],
): readonly DeclaredEntry[] {
  const byName = new Map(runnable.map((each) => [each.name, each]));
  return entries.map((entry) => {
    const found = typeof entry.object === 'string' ? byName.get(entry.object) : undefined;
    return found === undefined ? entry : { ...entry, object: found };
  });
}

function checkIntakes(intakes: Readonly<Record<string, ServedIntake>>): void {
  for (const [name, served] of Object.entries(intakes)) {
    if (!INTAKE_NAME.test(name))
      throw invalid(
        'intakes',
        `"${name}" is no name for an intake: 1 to 50 lower-case letters, digits and -.`,
      );
    if (typeof served?.take !== 'function')
      throw invalid(`intakes.${name}.take`, 'take is what intake() has made.');
    if (typeof served.user !== 'string' || served.user === '')
      throw invalid(`intakes.${name}.user`, 'user is the name of the user in whose name it is staged.');
  }
}

/** Whether a module's export is an application. By its shape, since it may come from another copy of this package. */
export function isApplication(value: unknown): value is Application {
  if (typeof value !== 'object' || value === null) return false;
  const { name, codeunits, migrations } = value as Readonly<Record<string, unknown>>;
  return typeof name === 'string' && Array.isArray(codeunits) && Array.isArray(migrations);
}

/** The entries that an application declares, as the job queue knows them. */
export function declarationsOf({ name, jobQueueEntries = [] }: Application): Declarations {
  return { application: name, entries: jobQueueEntries };
}

/** The application as companies are created with it: its declared entries are there before it fills them. */
export function declaringApplication(
  application: Application,
  database: Executor,
  directory: Pick<Directory, 'company'>,
): Application & Pick<AdministeredApplication, 'migrationNamed'> {
  const declarations = declarationsOf(application);
  const { workItems = [] } = application;
  const migrationNamed = (name: string) => partitionMigrationNamed(name, workItems);
  if (declarations.entries.length === 0) return { ...application, migrationNamed };
  const onCompanyCreate = async (session: Session) => {
    await declareEntries(database, declarations, [directory.company(session.company)]);
    await application.onCompanyCreate?.(session);
  };
  return { ...application, migrationNamed, onCompanyCreate };
}

function invalid(field: string, text: string): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', text, { field });
}
