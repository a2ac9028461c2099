import type { Enforcement } from '../permissions/index.ts';
import type { ServerFacts } from './doctor-facts.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/**
 * What is to be said of who enforces rights, and of what our login lacks for it.
 * @param enforcement null: the database is new, or its schema is not that of this release
 */
export function rightsFindings(server: ServerFacts, enforcement: Enforcement | null): readonly Finding[] {
  return enforcement === 'codeunit'
    ? [
        codeunitFinding(server),
        ...(server.mayCreate || server.isSuperuser ? [] : [lacking(server, ['CREATE'])]),
      ]
    : databaseFindings(server, enforcement);
}

function databaseFindings(server: ServerFacts, enforcement: Enforcement | null): readonly Finding[] {
  const { login, isSuperuser, mayCreateRoles, mayCreate } = server;
  const lacks = [...(mayCreateRoles ? [] : ['CREATEROLE']), ...(mayCreate ? [] : ['CREATE'])];
  if (!isSuperuser && lacks.length > 0) return [lacking(server, lacks)];
  const enforced = "PostgreSQL enforces users' rights to tables (enforcement: database)";
  return [
    ok('rights', `${enforcement === null ? '' : `${enforced}; `}login ${login} has the rights it needs.`),
  ];
}

function lacking({ login }: ServerFacts, lacks: readonly string[]): Finding {
  const what = lacks.map((right) => (right === 'CREATE' ? 'CREATE on the database' : right)).join(' and ');
  const purpose = lacks.includes('CREATEROLE')
    ? 'with which PostgreSQL enforces the rights of users'
    : 'which makes the schemas of companies';
  const wayOut = lacks.includes('CREATEROLE')
    ? ' Without CREATEROLE: "nightshift migrate --enforcement codeunit" has rights checked before a codeunit runs, and not by PostgreSQL.'
    : '';
  return error(
    'rights',
    `Login ${login} lacks ${what}, ${purpose}.`,
    `Give the login these rights.${wayOut}`,
  );
}

function codeunitFinding({ login, isSuperuser, mayCreateRoles }: ServerFacts): Finding {
  const who = isSuperuser ? `login ${login}, a superuser,` : `login ${login}`;
  const first = isSuperuser || mayCreateRoles ? '' : `give login ${login} CREATEROLE, `;
  return warning(
    'rights',
    `PostgreSQL does not enforce users' rights to tables (enforcement: codeunit): which codeunits a user may run is checked, but their SQL runs as ${who} and reaches the tables of every company, and Nightshift's own.`,
    `To have PostgreSQL enforce them: ${first}stop every server instance, and run "nightshift migrate --enforcement database".`,
  );
}
