import type {
  AuditRow,
  PermissionSetRow,
  UserRow,
  ApiKey as WireKey,
  PermissionSet as WireSet,
} from '@nightshift/client/api';
import type {
  ApiKey,
  AuditLogEntry,
  ListedPermissionSet,
  ListedUser,
  UserInput,
} from '../../administration/index.ts';
import { given } from '../../foundation/index.ts';
import type { apiKeys, auditLog, permissionSets, users } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf, firstOf, pageSize } from './wire.ts';

const AUDIT_DEFAULT = 100;
const KEYS_DEFAULT = 100;

function userOf(wire: UserRow): ListedUser {
  return { ...wire, validUntil: dateOf(wire.validUntil) };
}

function fieldsOf({ validUntil, ...fields }: Partial<UserInput>) {
  return given({
    ...fields,
    validUntil: validUntil instanceof Date ? validUntil.toISOString() : validUntil,
  });
}

/** The verbs about users, carried out by a server. */
export const usersByServer: typeof users = {
  async create(caller, { name, ...fields }) {
    const { server, params } = at(caller);
    return userOf(await server.call('users.create', { params, body: { name, ...fieldsOf(fields) } }));
  },
  async list(caller, { isGone, kind } = {}) {
    const { server, params } = at(caller);
    const query = { limit: pageSize(), ...given({ isGone, kind }) };
    return (await firstOf(server.all('users.list', { params, query }))).map(userOf);
  },
  async get(caller, user) {
    const { server, params } = at(caller);
    const found = await server.call('users.get', { params: { ...params, user } });
    const assignments = found.assignments.map((each) => ({ ...each, assignedAt: dateOf(each.assignedAt) }));
    return { ...userOf(found), assignments };
  },
  async modify(caller, user, { version, ...fields }) {
    const { server, params } = at(caller);
    const input = { params: { ...params, user }, body: fieldsOf(fields), ...given({ version }) };
    return userOf(await server.call('users.modify', input));
  },
  async disable(caller, user) {
    const { server, params } = at(caller);
    return userOf(await server.call('users.disable', { params: { ...params, user } }));
  },
  async enable(caller, user) {
    const { server, params } = at(caller);
    return userOf(await server.call('users.enable', { params: { ...params, user } }));
  },
};

function setOf(wire: PermissionSetRow): ListedPermissionSet {
  const { name, description, source, application, isObsolete, users: many, version } = wire;
  const { codeunits, reports, tables, includes, excludes } = wire;
  return {
    ...{ name, description, source, application, isObsolete, users: many, version },
    definition: { codeunits, reports, tables, includes, excludes } as ListedPermissionSet['definition'],
  };
}

type SetDetails = Awaited<ReturnType<(typeof permissionSets)['get']>>;

function setDetailsOf(wire: WireSet): SetDetails {
  const { gives, alsoDeclaredBy, assignments } = wire;
  return { ...setOf(wire), rights: gives as SetDetails['rights'], alsoDeclaredBy, assignments };
}

/** Fields of a definition as they travel. */
function definitionOf({
  codeunits,
  reports,
  tables,
  includes,
  excludes,
}: Partial<ListedPermissionSet['definition']>) {
  return given({
    codeunits: codeunits && [...codeunits],
    reports: reports && [...reports],
    tables,
    includes: includes && [...includes],
    excludes: excludes && [...excludes],
  });
}

/** The verbs about permission sets, carried out by a server. */
export const permissionSetsByServer: typeof permissionSets = {
  async list(caller) {
    const { server, params } = at(caller);
    return (await firstOf(server.all('permissionSets.list', { params, query: { limit: pageSize() } }))).map(
      setOf,
    );
  },
  async get(caller, permissionSet) {
    const { server, params } = at(caller);
    return setDetailsOf(await server.call('permissionSets.get', { params: { ...params, permissionSet } }));
  },
  async create(caller, { name, description, ...definition }) {
    const { server, params } = at(caller);
    const body = { name, ...given({ description }), ...definitionOf(definition) };
    const made = await server.call('permissionSets.create', { params, body });
    return { ...setOf(made), hints: made.hints };
  },
  async modify(caller, permissionSet, { version, description, ...definition }) {
    const { server, params } = at(caller);
    const body = { ...given({ description }), ...definitionOf(definition) };
    const input = { params: { ...params, permissionSet }, body, ...given({ version }) };
    const changed = await server.call('permissionSets.modify', input);
    return { ...setOf(changed), hints: changed.hints };
  },
  async delete(caller, permissionSet, { unassign } = {}) {
    const { server, params } = at(caller);
    const query = given({ unassign: unassign || undefined });
    await server.call('permissionSets.delete', { params: { ...params, permissionSet }, query });
  },
  assign: changeAssignment('assignments.create'),
  unassign: changeAssignment('assignments.remove'),
};

function changeAssignment(
  name: 'assignments.create' | 'assignments.remove',
): (typeof permissionSets)['assign'] {
  return (caller, { user, permissionSet, company }) => {
    const { server, params } = at(caller);
    const where = company === null ? params : { company };
    return server.call(name, { params: where, body: { user, permissionSet, everywhere: company === null } });
  };
}

function auditOf({ objectKind: kind, objectId: id, objectName: name, ...row }: AuditRow): AuditLogEntry {
  return { ...row, at: dateOf(row.at), object: { kind, id, name } };
}

/** The audit log of the company of the caller, read by a server. */
export const auditLogByServer: typeof auditLog = {
  async list(caller, filter = {}) {
    const { server, params } = at(caller);
    const {
      verbs,
      from,
      to,
      before,
      limit = AUDIT_DEFAULT,
      user,
      objectKind,
      object,
      result,
      correlationId,
    } = filter;
    const query = {
      limit: pageSize(limit),
      ...given({ user, before, objectKind, object, result, correlationId, verb: verbs?.join(',') }),
      ...given({ from: from?.toISOString(), to: to?.toISOString() }),
    };
    return (await firstOf(server.all('auditLog.list', { params, query }), limit)).map(auditOf);
  },
};

function keyOf(wire: WireKey): ApiKey {
  return {
    ...wire,
    createdAt: dateOf(wire.createdAt),
    expiresAt: dateOf(wire.expiresAt),
    lastUsedAt: dateOf(wire.lastUsedAt),
    revokedAt: dateOf(wire.revokedAt),
  };
}

/** The verbs about API keys, carried out by a server. */
export const apiKeysByServer: typeof apiKeys = {
  async create(caller, { scopes, ...input }) {
    const { server, params } = at(caller);
    const { key, ...made } = await server.call('apiKeys.create', {
      params,
      body: { ...input, scopes: [...scopes] },
    });
    return { ...keyOf(made), key };
  },
  async list(caller, { limit = KEYS_DEFAULT } = {}) {
    const { server, params } = at(caller);
    const query = { limit: pageSize(limit) };
    return (await firstOf(server.all('apiKeys.list', { params, query }), limit)).map(keyOf);
  },
  async revoke(caller, apiKeyId) {
    const { server, params } = at(caller);
    return keyOf(await server.call('apiKeys.revoke', { params: { ...params, apiKeyId } }));
  },
};
