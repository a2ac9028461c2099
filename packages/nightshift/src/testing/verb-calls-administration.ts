import { randomUuid } from '../foundation/index.ts';
import { apiKeys, auditLog, companies, permissionSets, rights, users } from '../platform/index.ts';
import { createSignInLink, declareSubject, endSignInsOf, listSignInsOf } from '../server/index.ts';
import { addSets } from './test-rights.ts';
import { HOME, PERSON, type VerbCall, type VerbFacts, VICTIM, VICTIM_SET } from './verb-stage.ts';

/** The functions about companies, users, permission sets, rights and the environment. */
export const ADMINISTRATION_CALLS: Readonly<Record<string, VerbCall>> = {
  'platform.open': {
    verb: 'company.open',
    use: ({ kit }, { user, company }) => kit.platform.open({ user, company }, async () => true),
  },
  'environment.show': {
    verb: 'environment.read',
    use: ({ kit }, { caller }) => kit.platform.environment.show(caller),
  },
  'environment.health': {
    verb: 'environment.read',
    use: ({ kit }, { caller }) => kit.platform.environment.health(caller),
  },
  'environment.examine': {
    verb: 'environment.examine',
    use: ({ kit }, { caller }) => kit.platform.environment.examine(caller),
  },
  'environment.release': {
    verb: 'environment.release',
    use: ({ kit }, { caller }) => kit.platform.environment.release(caller, { name: 'test' }),
  },
  'companies.list': {
    verb: 'company.read',
    use: async (_, { caller, company }) =>
      (await companies.list(caller)).some(({ name }) => name === company),
  },
  'companies.get': {
    verb: 'company.read',
    use: (_, { caller, company }) => companies.get(caller, company),
  },
  'companies.create': {
    verb: 'company.create',
    use: (stage, { caller }) => companies.create(caller, { name: stage.name('Made') }),
  },
  'companies.rename': {
    verb: 'company.rename',
    use: async (stage, at) => companies.rename(at.caller, await stage.company(at), stage.name('Renamed')),
  },
  'companies.copy': {
    verb: 'company.copy',
    use: (stage, { caller }) => companies.copy(caller, { from: HOME, to: stage.name('Copied') }),
  },
  'companies.delete': {
    verb: 'company.delete',
    async use(stage, at) {
      const name = await stage.company(at);
      return companies.delete(at.caller, name, { confirm: name });
    },
  },
  'companies.workCalendar': {
    verb: 'company.read',
    use: (_, { caller, company }) => companies.workCalendar(caller, company),
  },
  'companies.setWorkCalendar': {
    verb: 'company.setWorkCalendar',
    use: (_, { caller, company }) =>
      companies.setWorkCalendar(caller, company, { timeZone: 'UTC', hours: [], holidays: [] }),
  },
  'apiKeys.create': {
    verb: 'apiKey.create',
    owned: true,
    expect: refusesOthers,
    use: (stage, { caller, owner }) =>
      apiKeys.create(caller, { name: stage.name('Key'), user: owner, scopes: ['entry.read'] }),
  },
  'apiKeys.list': {
    verb: 'apiKey.read',
    owned: true,
    async use(stage, at) {
      const id = await stage.apiKey(at);
      return (await apiKeys.list(at.caller)).some((key) => key.id === id);
    },
  },
  'apiKeys.revoke': {
    verb: 'apiKey.revoke',
    owned: true,
    use: async (stage, at) => apiKeys.revoke(at.caller, await stage.apiKey(at)),
  },
  'server.createSignInLink': {
    verb: 'user.signInLink',
    owned: true,
    expect: refusesOthers,
    use: ({ kit }, { caller, owner }) => createSignInLink(kit.platform, caller, owner),
  },
  'server.declareSubject': {
    verb: 'user.signInLink',
    owned: true,
    expect: refusesOthers,
    use: ({ kit }, { caller, owner }) =>
      declareSubject(kit.platform, caller, { user: owner, subject: randomUuid() }),
  },
  'server.listSignInsOf': {
    verb: 'user.signInLink',
    owned: true,
    expect: refusesOthers,
    use: ({ kit }, { caller, owner }) => listSignInsOf(kit.platform, caller, owner),
  },
  'server.endSignInsOf': {
    verb: 'user.signInLink',
    owned: true,
    expect: refusesOthers,
    use: ({ kit }, { caller, owner }) => endSignInsOf(kit.platform, caller, { user: owner, place: null }),
  },
  'users.create': {
    verb: 'user.create',
    use: (stage, { caller }) => users.create(caller, { name: stage.name('MADE') }),
  },
  'users.list': {
    verb: 'user.read',
    owned: true,
    use: async (_, { caller, owner }) => (await users.list(caller)).some(({ name }) => name === owner),
  },
  'users.get': {
    verb: 'user.read',
    owned: true,
    expect: refusesOthers,
    use: (_, { caller, owner }) => users.get(caller, owner),
  },
  'users.modify': {
    verb: 'user.modify',
    use: (stage, { caller }) => users.modify(caller, VICTIM, { fullName: stage.name('Name') }),
  },
  'users.disable': { verb: 'user.modify', use: (_, { caller }) => users.disable(caller, VICTIM) },
  'users.enable': { verb: 'user.modify', use: (_, { caller }) => users.enable(caller, VICTIM) },
  'permissionSets.list': {
    verb: 'permissionSet.read',
    use: (_, { caller }) => permissionSets.list(caller),
  },
  'permissionSets.get': {
    verb: 'permissionSet.read',
    use: (_, { caller }) => permissionSets.get(caller, VICTIM_SET),
  },
  'permissionSets.create': {
    verb: 'permissionSet.create',
    use: (stage, { caller }) => permissionSets.create(caller, { name: stage.name('Made') }),
  },
  'permissionSets.modify': {
    verb: 'permissionSet.modify',
    use: (stage, { caller }) =>
      permissionSets.modify(caller, VICTIM_SET, { description: stage.name('Described') }),
  },
  'permissionSets.delete': {
    verb: 'permissionSet.delete',
    async use(stage, { caller }) {
      const name = stage.name('Set');
      await addSets(stage.kit, { [name]: {} });
      await permissionSets.delete(caller, name);
    },
  },
  'permissionSets.assign': {
    verb: 'permissionSet.assign',
    use: (_, { caller, company }) =>
      permissionSets.assign(caller, { user: VICTIM, permissionSet: VICTIM_SET, company }),
  },
  'permissionSets.unassign': {
    verb: 'permissionSet.unassign',
    use: (_, { caller, company }) =>
      permissionSets.unassign(caller, { user: VICTIM, permissionSet: VICTIM_SET, company }),
  },
  'rights.explain': {
    verb: 'rights.explain',
    owned: true,
    expect: refusesOthers,
    use: (_, { caller, owner }) => rights.explain(caller, { user: owner, codeunit: 'Plain' }),
  },
  'rights.list': { verb: 'rights.explain', expect: ofEverybody, use: (_, { caller }) => rights.list(caller) },
  'rights.lent': { verb: 'permissionSet.read', use: (_, { caller }) => rights.lent(caller) },
  'rights.check': {
    verb: 'rights.explain',
    expect: ofEverybody,
    use: (_, { caller }) => rights.check(caller),
  },
  'rights.record': {
    verb: 'rights.record',
    use: (_, { caller }) => rights.record(caller, { codeunit: 'Plain', userInterface: PERSON }),
  },
  'rights.repair': { verb: 'rights.repair', use: (_, { caller }) => rights.repair(caller) },
  'rights.prepare': { verb: 'rights.repair', use: (_, { caller }) => rights.prepare(caller) },
  'auditLog.list': { verb: 'audit.read', use: (_, { caller }) => auditLog.list(caller) },
};

/** It tells the rights of all: what one may know of oneself is not enough. */
function ofEverybody({ reach }: VerbFacts) {
  return reach === 'any' ? null : 'denied';
}

/** That there is such a user is not looked at before it is asked whether the caller may see others. */
function refusesOthers({ reach, isOwn }: VerbFacts) {
  return reach === 'own' && !isOwn ? 'denied' : null;
}
