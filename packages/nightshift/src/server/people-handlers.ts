import type { ApiKey, AuditFilter, ListedPermissionSet, ListedUser } from '../administration/index.ts';
import type { PeopleRouteName } from '../contract/people-routes.ts';
import { PAGE_SIZE_DEFAULT } from '../contract/wire.ts';
import { given } from '../foundation/index.ts';
import { apiKeys, auditLog, permissionSets, rights, users } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import type { HandlersOf } from './handler.ts';
import { cursorOf, pageOfAll, placeOf } from './paging.ts';
import { endSignInsOf, listSignInsOf, resetSecondFactor } from './sign-in/sign-in-administration.ts';
import { placeWire } from './sign-in/sign-in-handlers.ts';
import { dateOf, instantOf } from './wire-parts.ts';

function userWire(user: ListedUser) {
  const { no, name, fullName, language, timeZone, kind, canSchedule, isDelegated, state, isGone, version } =
    user;
  const fields = {
    no,
    name,
    fullName,
    language,
    timeZone,
    kind,
    canSchedule,
    isDelegated,
    state,
    isGone,
    version,
  };
  return { ...fields, validUntil: instantOf(user.validUntil) };
}

function setWire({
  name,
  description,
  source,
  application,
  isObsolete,
  users: many,
  version,
  definition,
}: ListedPermissionSet) {
  const { codeunits, reports, tables, includes, excludes } = definition;
  return {
    ...{ name, description, source, application, isObsolete, users: many, version },
    codeunits: [...codeunits],
    reports: [...reports],
    tables: { ...tables },
    includes: [...includes],
    excludes: [...excludes],
  };
}

async function setTold(caller: Caller, name: string, hints: readonly string[] = []) {
  const set = await permissionSets.get(caller, name);
  const { codeunits, reports, tables, builtInSets, verbs } = set.rights;
  const list = ({ allBut, names }: typeof codeunits) => ({ allBut, names: [...names] });
  return {
    ...setWire(set),
    gives: {
      codeunits: list(codeunits),
      reports: list(reports),
      tables: { ...tables },
      builtInSets: [...builtInSets],
      verbs: [...verbs],
    },
    alsoDeclaredBy: set.alsoDeclaredBy,
    assignments: set.assignments.map(({ user, company, isGone }) => ({ user, company, isGone })),
    hints: [...hints],
  };
}

function keyWire(key: ApiKey) {
  const { id, name, user, company, scopes, createdBy, isValid } = key;
  return {
    ...{ id, name, user, company, scopes: [...scopes], createdBy, isValid },
    createdAt: instantOf(key.createdAt),
    expiresAt: instantOf(key.expiresAt),
    lastUsedAt: instantOf(key.lastUsedAt),
    revokedAt: instantOf(key.revokedAt),
  };
}

function assignmentOf(
  { company }: Caller,
  body: { readonly user: string; readonly permissionSet: string; readonly everywhere?: boolean | undefined },
) {
  const { user, permissionSet, everywhere } = body;
  return { user, permissionSet, company: everywhere === true ? null : company };
}

/** What the addresses about users and rights do. */
export const PEOPLE_HANDLERS: HandlersOf<PeopleRouteName> = {
  async 'users.list'({ caller }, { query }) {
    const { isGone, kind, ...paging } = query;
    const all = await users.list(caller, given({ isGone, kind }));
    return pageOfAll(all, paging, { key: ({ name }) => name, row: userWire });
  },
  async 'users.get'({ caller }, { params }) {
    const user = await users.get(caller, params.user);
    const assignments = user.assignments.map((each) => ({ ...each, assignedAt: instantOf(each.assignedAt) }));
    return { ...userWire(user), assignments };
  },
  async 'users.create'({ caller }, { body }) {
    const { name, validUntil, ...fields } = body;
    return userWire(
      await users.create(caller, { name, ...given({ ...fields, validUntil: dateOf(validUntil) }) }),
    );
  },
  async 'users.modify'({ caller, version }, { params, body }) {
    const { validUntil, ...fields } = body;
    const changes = given({ ...fields, validUntil: dateOf(validUntil), version });
    return userWire(await users.modify(caller, params.user, changes));
  },
  async 'users.disable'({ caller }, { params }) {
    return userWire(await users.disable(caller, params.user));
  },
  async 'users.enable'({ caller }, { params }) {
    return userWire(await users.enable(caller, params.user));
  },
  async 'users.signIns'({ platform, caller }, { params }) {
    const places = await listSignInsOf(platform, caller, params.user);
    return { items: places.map(placeWire) };
  },
  async 'users.endSignIns'({ platform, caller }, { params, body }) {
    const place = body.signInId ?? null;
    return { ended: await endSignInsOf(platform, caller, { user: params.user, place }) };
  },
  async 'users.resetSecondFactor'({ platform, caller }, { params }) {
    await resetSecondFactor(platform, caller, params.user);
    return undefined;
  },
  async 'users.rights'({ caller }, { params, query }) {
    const { steps, ...explained } = await rights.explain(caller, { ...query, ...params });
    return {
      ...explained,
      steps: steps.map(({ sets = [], ...step }) => ({
        ...step,
        because: [...step.because],
        sets: [...sets],
      })),
    };
  },
  async 'permissionSets.list'({ caller }, { query }) {
    return pageOfAll(await permissionSets.list(caller), query, { key: ({ name }) => name, row: setWire });
  },
  'permissionSets.get': ({ caller }, { params }) => setTold(caller, params.permissionSet),
  async 'permissionSets.create'({ caller }, { body }) {
    const { name, ...fields } = body;
    const { hints } = await permissionSets.create(caller, { name, ...given(fields) });
    return setTold(caller, name, hints);
  },
  async 'permissionSets.modify'({ caller, version }, { params, body }) {
    const name = params.permissionSet;
    const { hints } = await permissionSets.modify(caller, name, given({ ...body, version }));
    return setTold(caller, name, hints);
  },
  async 'permissionSets.delete'({ caller }, { params, query }) {
    await permissionSets.delete(caller, params.permissionSet, given(query));
    return undefined;
  },
  'assignments.create': ({ caller }, { body }) => permissionSets.assign(caller, assignmentOf(caller, body)),
  'assignments.remove': ({ caller }, { body }) => permissionSets.unassign(caller, assignmentOf(caller, body)),
  async 'auditLog.list'({ caller }, { query }) {
    const { after, verb, from, to, limit = PAGE_SIZE_DEFAULT, ...filters } = query;
    const before = after === undefined ? query.before : String(placeOf(after, ['string'])[0]);
    const verbs = verb?.split(',').map((name) => name.trim());
    const wanted = {
      ...filters,
      company: caller.company,
      verbs,
      from: dateOf(from),
      to: dateOf(to),
      before,
      limit,
    };
    const rows = await auditLog.list(caller, given(wanted) as AuditFilter);
    const last = rows.at(-1);
    return {
      items: rows.map(({ object, before: was, after: became, ...row }) => ({
        ...row,
        at: instantOf(row.at),
        objectKind: object.kind,
        objectId: object.id,
        objectName: object.name,
        before: was ?? null,
        after: became ?? null,
      })),
      page: { next: rows.length < limit || last === undefined ? null : cursorOf([last.id]) },
      total: null,
    };
  },
  async 'apiKeys.list'({ caller }, { query }) {
    const { after, limit = PAGE_SIZE_DEFAULT } = query;
    const before = after === undefined ? undefined : String(placeOf(after, ['string'])[0]);
    const keys = await apiKeys.list(caller, { limit, ...given({ before }) });
    const last = keys.at(-1);
    const next = keys.length < limit || last === undefined ? null : cursorOf([last.id]);
    return { items: keys.map(keyWire), page: { next }, total: null };
  },
  async 'apiKeys.create'({ caller }, { body }) {
    const { name, scopes, ...fields } = body;
    const { key, ...made } = await apiKeys.create(caller, { name, scopes, ...given(fields) });
    return { ...keyWire(made), key };
  },
  async 'apiKeys.revoke'({ caller }, { params }) {
    return keyWire(await apiKeys.revoke(caller, params.apiKeyId));
  },
};
