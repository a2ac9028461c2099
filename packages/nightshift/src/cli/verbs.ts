import * as here from '../platform/index.ts';
import { type Caller, killSession, stopSession } from '../session/index.ts';
import { alertsByServer } from './remote/alerts.ts';
import { approvalsByServer } from './remote/approvals.ts';
import { categoriesByServer } from './remote/categories.ts';
import { companiesByServer } from './remote/companies.ts';
import { jobQueueByServer } from './remote/entries.ts';
import { itemsByServer } from './remote/items.ts';
import { apiKeysByServer, auditLogByServer, permissionSetsByServer, usersByServer } from './remote/people.ts';
import { reportInboxByServer, reportsByServer } from './remote/reports.ts';
import { rightsByServer } from './remote/rights.ts';
import { actsByServer } from './remote/server-of-caller.ts';
import { environmentByServer, sessionsByServer } from './remote/sessions.ts';
import { signInsByServer } from './remote/sign-ins.ts';
import { taskSchedulerByServer } from './remote/tasks.ts';
import { reportsHere } from './reports-here.ts';
import { signInsHere } from './sign-ins-here.ts';
import { platformOf } from './with-caller.ts';

// The verbs of the platform as commands use them: on the database, or by a server, whichever the caller acts by. A verb that is
// not here is one that no server carries out; a command that needs it is local, and `command-places.ts` says so.

type Verb = (caller: Caller, ...rest: never[]) => unknown;

/** The verbs that a server carries out, too. */
function eitherWay<Verbs extends object, Name extends keyof Verbs & string>(
  onDatabase: Verbs,
  byServer: Pick<Verbs, Name>,
): Pick<Verbs, Name> {
  const names = Object.keys(byServer) as Name[];
  const verbs = names.map((name) => {
    const verb: Verb = (caller, ...rest) =>
      ((actsByServer(caller) ? byServer : onDatabase)[name] as Verb)(caller, ...rest);
    return [name, verb] as const;
  });
  return Object.freeze(Object.fromEntries(verbs)) as unknown as Pick<Verbs, Name>;
}

const sessionsHere = { ...here.sessions, stop: stopSession, kill: killSession };

const environmentHere: Pick<here.EnvironmentVerbs, 'show' | 'release'> = {
  show: (caller) => platformOf(caller).environment.show(caller),
  release: (caller, options) => platformOf(caller).environment.release(caller, options),
};

export const alerts = eitherWay(here.alerts, alertsByServer);
export const approvals = eitherWay(here.approvals, approvalsByServer);
export const apiKeys = eitherWay(here.apiKeys, apiKeysByServer);
export const auditLog = eitherWay(here.auditLog, auditLogByServer);
export const categories = eitherWay(here.categories, categoriesByServer);
export const companies = eitherWay(here.companies, companiesByServer);
export const environment = eitherWay(environmentHere, environmentByServer);
export const items = eitherWay(here.items, itemsByServer);
export const jobQueue = eitherWay(here.jobQueue, jobQueueByServer);
export const permissionSets = eitherWay(here.permissionSets, permissionSetsByServer);
export const reportInbox = eitherWay(here.reportInbox, reportInboxByServer);
export const reports = eitherWay(reportsHere, reportsByServer);
export const rights = eitherWay(here.rights, rightsByServer);
export const sessions = eitherWay(sessionsHere, sessionsByServer);
export const signIns = eitherWay(signInsHere, signInsByServer);
export const taskScheduler = eitherWay(here.taskScheduler, taskSchedulerByServer);
export const users = eitherWay(here.users, usersByServer);
