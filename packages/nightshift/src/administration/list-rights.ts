import { type CodeunitOverview, rightsOverview } from '../permissions/index.ts';
import { actorOf, type Caller, doorOf } from '../session/index.ts';
import { TASK_SCHEDULER } from '../task-scheduler/index.ts';
import { administrationOf } from './administration-service.ts';

/** What each codeunit of the application needs, and who has it. */
export interface RightsOverview {
  readonly application: string;
  readonly codeunits: readonly CodeunitOverview[];
}

/**
 * Lists per codeunit of the application what it takes to run it, which permission sets give that, and which users have it,
 * in the companies in which the caller may see the rights of others.
 * @throws NightshiftError PERMISSION_DENIED when there is no such company, his own included; USER_DISABLED
 */
export async function listRights(caller: Caller): Promise<RightsOverview> {
  const door = doorOf(caller);
  door.refuseIfOver();
  const { authority, clock, application } = administrationOf(door);
  const { codeunits } = door.service(TASK_SCHEDULER);
  const actor = actorOf(door);
  const wish = { kind: 'application', id: null, name: application.name, isOwn: false };
  await authority.demand(actor, 'rights.explain', wish);
  const directory = await authority.directory();
  const companies = directory.companies.filter(
    (company) => authority.reach(directory, { ...actor, company }, 'rights.explain') === 'any',
  );
  const objects = codeunits.names().map((name) => codeunits.get(name));
  return {
    application: application.name,
    codeunits: rightsOverview(directory, objects, companies, clock.now()),
  };
}
