import { z } from 'zod';
import { count, field, givenInstant, id, instant, rowActions, text } from './wire.ts';

const userFields = {
  name: field(text(65, 1), 'The name by which he is known, 1 to 65 characters.'),
  fullName: field(text(100), 'His name in full.'),
  language: field(text(50, 1), 'His language, BCP 47.'),
  timeZone: field(text(100, 1), 'His IANA time zone.'),
  kind: field(z.enum(['person', 'application']), 'A person, or an integration.'),
  canSchedule: field(z.boolean(), 'Whether he may create tasks and set entries Ready.'),
  isDelegated: field(z.boolean(), 'Whether he is of another organisation, and may start no unattended work.'),
};

/** A user in a list. */
export const userRow = z
  .object({
    no: field(z.int(), 'His number; it stays when he is renamed.'),
    ...userFields,
    state: field(z.enum(['enabled', 'disabled']), 'Whether he may act.'),
    validUntil: field(instant.nullable(), 'From then on he counts as disabled; null: never.'),
    isGone: field(z.boolean(), 'Whether he is disabled or his time is over: what would run as him does not.'),
    version: field(z.int(), 'Grows with every change.'),
    ...rowActions,
  })
  .meta({ id: 'UserRow', description: 'A user as he stands in a list.' });

/** A user with what he is assigned. */
export const user = z
  .object({
    ...userRow.shape,
    assignments: field(
      z.array(
        z.object({
          permissionSet: field(z.string(), 'The permission set that he has.'),
          company: field(z.string().nullable(), 'Where; null: in all companies.'),
          assignedBy: field(z.string().nullable(), 'Who gave it to him; null: nobody that is known.'),
          assignedAt: field(instant, 'Since when.'),
        }),
      ),
      'The permission sets that he has.',
    ),
  })
  .meta({ id: 'User', description: 'Who acts: a person, or an integration.' });

const validUntil = field(givenInstant.nullable(), 'From then on he counts as disabled; null: never.');

/** What a user is created with. */
export const newUser = z
  .strictObject({ ...userFields, validUntil })
  .partial()
  .required({ name: true })
  .meta({ id: 'NewUser', description: 'A user to be created, who has no permission set yet.' });

/** What of a user changes. */
export const userChanges = z
  .strictObject({ ...userFields, validUntil })
  .partial()
  .meta({ id: 'UserChanges', description: 'What of a user is to become different.' });

const definition = {
  codeunits: field(z.array(text(100, 1)).max(1_000), 'Codeunits that may be run, by name; `*`: all.'),
  reports: field(z.array(text(100, 1)).max(1_000), 'Reports that may be run, by name; `*`: all.'),
  tables: field(z.record(text(63, 1), text(4)), 'Rights by table, some of R, I, M and D; `*`: every table.'),
  includes: field(z.array(text(100, 1)).max(1_000), 'Permission sets whose rights it has, too.'),
  excludes: field(z.array(text(100, 1)).max(1_000), 'Permission sets whose rights are taken away from it.'),
};

const setFields = {
  name: field(text(100, 1), 'Its name.'),
  description: field(text(250), 'What it is there for.'),
};

/** Why a user may run a codeunit, or may not. */
export const rightsExplanation = z
  .object({
    user: field(z.string(), 'Whose rights they are.'),
    company: field(z.string(), 'Where.'),
    codeunit: field(z.string(), 'What he would run.'),
    verdict: field(z.string(), 'All of it in one sentence.'),
    mayRun: field(
      z.boolean(),
      'Whether a run as this user would find every right that the codeunit declares.',
    ),
    maySchedule: field(z.boolean(), 'Whether it would also be let run unattended.'),
    hasDrift: field(z.boolean(), 'Whether PostgreSQL has other rights than follow from the permission sets.'),
    steps: field(
      z.array(
        z.object({
          about: field(
            z.enum(['user', 'company', 'schedule', 'codeunit', 'report', 'table', 'job queue']),
            'What the step is about.',
          ),
          result: field(z.enum(['yes', 'no', 'note']), 'For, against, or neither.'),
          text: field(z.string(), 'The step, as a sentence.'),
          because: field(z.array(z.string()), 'What it follows from.'),
          sets: field(
            z.array(z.string()),
            'Permission sets each of which would give what is missing; none when nothing is.',
          ),
        }),
      ),
      'How it follows from his permission sets.',
    ),
  })
  .meta({ id: 'RightsExplanation', description: 'Why a user may run a codeunit in a company, or may not.' });

/** A permission set in a list. */
export const permissionSetRow = z
  .object({
    ...setFields,
    source: field(z.enum(['built-in', 'application', 'administrator']), 'Who defines it.'),
    application: field(z.string().nullable(), 'The application that declares it; null: none does.'),
    isObsolete: field(z.boolean(), 'Whether the code that declared it does so no more.'),
    users: field(count, 'How many users have it.'),
    version: field(z.int(), 'Grows with every change.'),
    ...definition,
  })
  .meta({ id: 'PermissionSetRow', description: 'Named rights, as they stand in a list.' });

const names = z.object({
  allBut: field(z.boolean(), 'Whether all are meant but those that are named.'),
  names: field(z.array(z.string()), 'The names.'),
});

/** A permission set with what it gives. */
export const permissionSet = z
  .object({
    ...permissionSetRow.shape,
    gives: field(
      z.object({
        codeunits: field(names, 'Codeunits that may be run.'),
        reports: field(names, 'Reports that may be run.'),
        tables: field(z.record(z.string(), z.string()), 'Rights by table; `*`: to all that are not named.'),
        builtInSets: field(z.array(z.string()), 'The built-in sets in it.'),
        verbs: field(z.array(z.string()), 'What may be done by these, beyond what everybody may.'),
      }),
      'What it gives in the end.',
    ),
    alsoDeclaredBy: field(
      z.string().nullable(),
      'An application whose set of this name does not count; null: none.',
    ),
    assignments: field(
      z.array(
        z.object({
          user: field(z.string(), 'Who has it.'),
          company: field(z.string().nullable(), 'Where; null: in all companies.'),
          isGone: field(z.boolean(), 'Whether he is disabled or his time is over.'),
        }),
      ),
      'Who has it, as far as you may see that.',
    ),
    hints: field(
      z.array(z.string()),
      'After a change, what is odd about it: codeunits and tables that nobody knows.',
    ),
  })
  .meta({ id: 'PermissionSet', description: 'Named rights, given to users in one company or in all.' });

/** What a permission set is created with. */
export const newPermissionSet = z
  .strictObject({ ...setFields, ...definition })
  .partial()
  .required({ name: true })
  .meta({ id: 'NewPermissionSet', description: 'A permission set to be created.' });

/** What of a permission set changes. */
export const permissionSetChanges = z
  .strictObject({ description: setFields.description, ...definition })
  .partial()
  .meta({ id: 'PermissionSetChanges', description: 'What of a permission set is to become different.' });

/** Who gets or loses a permission set, and where. */
export const assignment = z
  .strictObject({
    user: field(text(65, 1), 'The name of the user.'),
    permissionSet: field(text(100, 1), 'The name of the permission set.'),
    everywhere: field(
      z.boolean().optional(),
      'Whether all companies are meant; when left out, the one of the address is.',
    ),
  })
  .meta({ id: 'Assignment', description: 'That a user has a permission set.' });

/** A row of the audit log. */
export const auditRow = z
  .object({
    id: field(id, 'Names the row.'),
    at: field(instant, 'When it was.'),
    user: field(z.string(), 'Who did it, as he was called then.'),
    userNo: field(z.int().nullable(), 'His number; null: the code of an application.'),
    company: field(z.string().nullable(), 'Where; null: everywhere.'),
    verb: field(z.string(), 'What he did, such as user.modify.'),
    objectKind: field(z.string(), 'To what kind of thing.'),
    objectId: field(z.string().nullable(), 'Its id; null: it has none.'),
    objectName: field(z.string().nullable(), 'Its name; null: it has none.'),
    before: field(z.unknown(), 'What differed, as it was; null: there was nothing.'),
    after: field(z.unknown(), 'What differed, as it became; null: there is nothing any more.'),
    result: field(z.enum(['allowed', 'denied']), 'Whether he was let through.'),
    errorCode: field(z.string().nullable(), 'The code of a refusal; null: it was none.'),
    reason: field(z.string().nullable(), 'Why he was refused; null: he was not.'),
    sessionUniqueId: field(z.string().nullable(), 'The session in which he did it; null: in none.'),
    correlationId: field(z.string().nullable(), 'The same for all that one piece of work has set off.'),
  })
  .meta({ id: 'AuditRow', description: 'What somebody has done, or was refused.' });

/** An API key, without its secret. */
export const apiKey = z
  .object({
    id: field(id, 'Names the key; it is part of it.'),
    name: field(z.string(), 'What it is for.'),
    user: field(z.string(), 'As whom it acts.'),
    company: field(z.string(), 'The only company that it reaches.'),
    scopes: field(z.array(z.string()), 'The verbs that it is held to.'),
    createdBy: field(z.string(), 'Who created it.'),
    createdAt: field(instant, 'When.'),
    expiresAt: field(instant, 'Until when it is valid.'),
    lastUsedAt: field(instant.nullable(), 'When it was used last, to the minute; null: never.'),
    revokedAt: field(instant.nullable(), 'When it was revoked; null: it was not.'),
    isValid: field(
      z.boolean(),
      'Whether it is let in: neither expired nor revoked, and its user is not gone.',
    ),
    ...rowActions,
  })
  .meta({ id: 'ApiKey', description: 'What a machine signs in with.' });

/** An API key as it is told once. */
export const createdApiKey = z
  .object({ ...apiKey.shape, key: field(z.string(), 'The key itself. It is never shown again.') })
  .meta({ id: 'CreatedApiKey', description: 'A new API key, with its secret.' });

/** What an API key is created with. */
export const newApiKey = z
  .strictObject({
    name: field(text(100, 1), 'What it is for, 1 to 100 characters.'),
    user: field(text(65, 1).optional(), 'As whom it acts; you when left out.'),
    scopes: field(z.array(text(100, 1)).min(1).max(100), 'The verbs that it is held to, such as entry.read.'),
    expiresInDays: field(z.int().min(1).max(730).optional(), 'Days until it expires; 90 when left out.'),
  })
  .meta({ id: 'NewApiKey', description: 'An API key to be created, for one user in one company.' });
