import type { Verb } from '../contract/permissions.ts';
import { randomUuid, systemClock, uuidV7 } from '../foundation/index.ts';
import {
  type Caller,
  codeunit,
  type StartedSession,
  startSession,
  type UserInterface,
} from '../session/index.ts';
import { until } from './condition.ts';
import type { TestPlatform } from './test-platform.ts';
import { addCompany } from './test-rights.ts';

/** The company in which the users of the matrix have what they have for one company. */
export const HOME = 'CRONUS';
/** One in which only those have anything who have it for all companies. */
export const FOREIGN = 'FABRIKAM';

/** To whom work is given; he may run it everywhere. */
export const TARGET = 'TARGET';
/** Who, and which set, is changed. */
export const VICTIM = 'VICTIM';
export const VICTIM_SET = 'Victim';

/** Does nothing. */
export const plain = codeunit({ name: 'Plain', onRun: () => undefined });
/** Runs until it is stopped. */
export const sleeper = codeunit({ name: 'Sleeper', onRun: (session) => session.sleep(3_600_000) });

/** What ends the heedless ones that run, by the numbers of their sessions. */
const heedlessOnes = new Map<number, () => void>();
/** Heeds no stop; runs until `letHeedlessEnd`. */
export const heedless = codeunit({
  name: 'Heedless',
  onRun: ({ id }) => new Promise<void>((resolve) => heedlessOnes.set(id, resolve)),
});

/** Starts a session that heeds no stop, and waits until its code runs. */
export async function startHeedless(caller: Caller): Promise<StartedSession> {
  const session = await startSession(caller, heedless);
  await until('it runs', () => heedlessOnes.has(session.id));
  return session;
}

/** Ends what heeds no stop: one session, or all. */
export function letHeedlessEnd(id?: number): void {
  for (const each of id === undefined ? [...heedlessOnes.keys()] : [id]) {
    heedlessOnes.get(each)?.();
    heedlessOnes.delete(each);
  }
}

/** A person who agrees with everything. */
export const PERSON: UserInterface = {
  confirm: async () => true,
  message: () => undefined,
  openDialog: () => ({ update: () => undefined, close: () => undefined }),
};

const ADD_DOCUMENT = `insert into nightshift.report_inbox (company_no, user_no, report, description, output_type, file_name,
    content, created_at, session_unique_id)
  values ($1, $2, 'Aging', 'For tests', 'CSV', 'Übersicht "1".csv', 'a,b', now(), gen_random_uuid()) returning no`;

/** One use of a verb: by whom, on whose thing, where. */
export interface VerbCase {
  readonly caller: Caller;
  readonly user: string;
  readonly userNo: number;
  /** Whose the thing is: the caller, or somebody else. */
  readonly owner: string;
  readonly ownerNo: number;
  /** Where the thing is. */
  readonly company: string;
  readonly companyNo: number;
}

/** What a verb answers: it does it; the caller is told that he may not; or that there is no such thing. */
export type VerbOutcome = 'allowed' | 'denied' | 'hidden';

/** What is known of a use of a verb before it is tried. */
export interface VerbFacts {
  /** How far the caller may go with the verb where the thing is; null: not at all. */
  readonly reach: 'own' | 'any' | null;
  readonly isOwn: boolean;
  /** Whether he has any permission set there. */
  readonly isInCompany: boolean;
  /** Whether he may see there what others have. */
  readonly seesOthers: boolean;
}

/** How a public function is tried out. */
export interface VerbCall {
  /** Its rule in `contract/permissions.ts`. */
  readonly verb: Verb;
  /** It is used on something that belongs to somebody: the caller's own, and another's. */
  readonly owned?: true;
  /** By which verb the thing is seen. Default: `read` of the same kind. */
  readonly read?: Verb;
  /** By an id it reaches things of other companies, by the rights there. */
  readonly beyond?: true;
  /** Where the answer is not the usual one; null: it is. */
  readonly expect?: (facts: VerbFacts) => VerbOutcome | null;
  /** Makes the thing, and uses the function on it as the caller. False, or null: it is not there. */
  readonly use: (stage: VerbStage, at: VerbCase) => Promise<unknown>;
}

const FUTURE = new Date('2999-01-01T00:00:00Z');

const ADD_TASK = `insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms)
  values ($1, $2, $3, 'Plain', false, $4, 60000)`;
const ADD_ALERT = `insert into nightshift.alert (company_no, kind, key, subject, since, last_at, for_users)
  values ($1, 'failed', $3, 'Plain', now(), now(), array[$2::integer]) returning no`;
const ADD_FAILED = `insert into nightshift.failed_task (id, lane, user_no, codeunit, due, attempt, timeout_ms, created_at,
    failed_at, error)
  values ($1, $2, $3, 'Plain', $4, 0, 60000, now(), now(), '{"message":"no","code":null}')`;
const ADD_ENTRY = `insert into nightshift.job_queue_entry (id, company_no, object, time_zone, language, timeout_ms, run_as,
    created_by, status)
  values ($1, $2, 'Plain', 'UTC', 'en-US', 60000, $3, $3, $4)`;
const ADD_LOG_ENTRY = `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id,
    session_unique_id, user_no, object, parameter_string, description, status, attempt, started_at)
  select company_no, id, entry_no, 1, id, run_as, object, '', '', 'Success', 0, now()
  from nightshift.job_queue_entry where id = $1
  returning no::int`;
const ADD_APPROVAL = `insert into nightshift.approval_request (id, company_no, entry_id, requested_by, asked_user_no)
  values ($1, $2, $3, $4, $5)`;
const ADD_API_KEY = `insert into nightshift.api_key (id, company_no, user_no, name, scopes, digest, created_by, created_at,
    expires_at)
  values ($1, $2, $3, 'Key', '{entry.read}', sha256('secret'), $3, now(), now() + interval '1 day')`;
const ADD_EVENT = `insert into nightshift.background_session_event (at, id, type, epoch, session_id, unique_id, client_type,
    origin, user_no, company_no, codeunit, isolation, started_at)
  values (now(), $1, 'Stop', $4, 7, $1, 'background', 'task', $2, $3, 'Plain', 'main', now())`;
const ADD_ACTIVE = `insert into nightshift.active_session (epoch, session_id, unique_id, client_type, origin, user_no,
    company_no, codeunit, isolation, started_at, state)
  values ($4, $5, $1, 'background', 'task', $2, $3, 'Plain', 'main', now(), 'Running')`;

/** Makes the things that verbs are used on, past all verbs. */
export class VerbStage {
  readonly kit: TestPlatform;
  /** Who owns what is another's. */
  readonly adminNo: number;
  #made = 0;

  constructor(kit: TestPlatform, adminNo: number) {
    this.kit = kit;
    this.adminNo = adminNo;
  }

  /** A name that nothing has yet. */
  name(what: string): string {
    return `${what} ${++this.#made}`;
  }

  /** A company to be changed. Only for those who may, since a new one takes a while. */
  async company({ user }: VerbCase): Promise<string> {
    if (!user.startsWith('SUPER')) return FOREIGN;
    const name = this.name('Company');
    await addCompany(this.kit, name);
    return name;
  }

  /** A task that is Not Ready. */
  async task({ companyNo, ownerNo }: VerbCase): Promise<string> {
    return this.#add(ADD_TASK, [companyNo, ownerNo, FUTURE]);
  }

  async failedTask({ companyNo, ownerNo }: VerbCase): Promise<string> {
    return this.#add(ADD_FAILED, [companyNo, ownerNo, FUTURE]);
  }

  async entry({ companyNo, ownerNo }: VerbCase, status = 'On Hold'): Promise<string> {
    return this.#add(ADD_ENTRY, [companyNo, ownerNo, status]);
  }

  /** A log entry of an entry; its number. */
  async logEntry(at: VerbCase): Promise<number> {
    const [row] = await this.kit.query<{ no: number }>(ADD_LOG_ENTRY, [await this.entry(at)]);
    return row?.no ?? 0;
  }

  /** A request by one user about an entry of his that asks another one. */
  async approval({ companyNo }: VerbCase, by: number, asked: number | null): Promise<string> {
    const entry = await this.#add(ADD_ENTRY, [companyNo, by, 'On Hold']);
    return this.#add(ADD_APPROVAL, [companyNo, entry, by, asked]);
  }

  /** An alert that concerns its owner; its number. */
  async alert({ companyNo, ownerNo }: VerbCase): Promise<number> {
    const [row] = await this.kit.query<{ no: string }>(ADD_ALERT, [companyNo, ownerNo, this.name('alert')]);
    return Number(row?.no);
  }

  /** A document in the report inbox of the owner; its number. */
  async document({ companyNo, ownerNo }: VerbCase): Promise<number> {
    const [row] = await this.kit.query<{ no: string }>(ADD_DOCUMENT, [companyNo, ownerNo]);
    return Number(row?.no);
  }

  /** An API key that is valid. */
  async apiKey({ companyNo, ownerNo }: VerbCase): Promise<string> {
    return this.#add(ADD_API_KEY, [companyNo, ownerNo]);
  }

  /** A session that has ended; its unique id. */
  async event({ ownerNo, companyNo }: VerbCase): Promise<string> {
    return this.#add(ADD_EVENT, [ownerNo, companyNo, randomUuid()]);
  }

  /** A session that is listed as active on this instance, and runs nowhere; its unique id. */
  async listed({ ownerNo, companyNo }: VerbCase): Promise<string> {
    return this.#add(ADD_ACTIVE, [ownerNo, companyNo, this.kit.platform.instance.epoch, ++this.#made]);
  }

  async #add(text: string, values: readonly unknown[]): Promise<string> {
    const id = uuidV7(systemClock.now());
    await this.kit.query(text, [id, ...values]);
    return id;
  }
}
