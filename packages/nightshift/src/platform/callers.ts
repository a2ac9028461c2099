import type { Database } from '../database/index.ts';
import type { Company, User } from '../permissions/index.ts';
import { type Caller, type CallerDoor, NO_ERRORS, openDoor, type ServiceRegistry } from '../session/index.ts';

const NO_NOTES = Object.freeze({ lines: [], progress: null, errors: NO_ERRORS });

/** As whom and where a caller acts. */
export interface CallerIdentity {
  readonly user: User;
  readonly company: Company;
  /** What all that it sets off has in common. Default: nothing. */
  readonly correlationId?: string | undefined;
}

/** A caller without a transaction of its own: each call commits at once. */
export function detachedCaller(
  database: Database,
  services: ServiceRegistry,
  { user, company, correlationId = undefined }: CallerIdentity,
): Caller {
  const caller = identityOf(user, company);
  openDoor(caller, {
    user,
    company,
    transactional: false,
    inTransaction: () => false,
    refuseIfOver: () => undefined,
    lineage: [],
    correlationId: correlationId ?? null,
    afterCommit: (then) => then(),
    notes: () => NO_NOTES,
    service: (key) => services.get(key),
    async transaction(work) {
      let waiting: (() => void)[] = [];
      const value = await database.verb((tx) => {
        waiting = []; // a transaction that lost against another is tried again
        const inside = identityOf(user, company);
        const door: CallerDoor = {
          user,
          company,
          transactional: true,
          inTransaction: () => true,
          refuseIfOver: () => undefined,
          lineage: [],
          correlationId: correlationId ?? null,
          afterCommit: (then) => waiting.push(then),
          notes: () => NO_NOTES,
          service: (key) => services.get(key),
          transaction: (more) => more(tx, inside),
        };
        openDoor(inside, door);
        return work(tx, inside);
      });
      for (const then of waiting) then();
      return value;
    },
  });
  return caller;
}

function identityOf(user: User, company: Company): Caller {
  return Object.freeze({
    user: user.name,
    company: company.name,
    language: user.language,
    timeZone: user.timeZone,
  });
}
