import { apiKeys, jobQueue, permissionSets, users } from 'nightshift';
import { EVERY_DAY } from '../../nightshift/src/testing/every-day.ts';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';
import { addUsers } from '../../nightshift/src/testing/test-rights.ts';
import { setCategories } from './category-stage.ts';

const set = new WeakSet<TestPlatform>();

/** A bulk operation that a server has done; past all verbs, since what is looked at is how it is shown. */
const OPERATION = `with operation as (
    insert into nightshift.bulk_operation (id, company_no, user_no, target, action, arguments, status, total, created_at, ended_at)
    select '01890a5d-ac96-774b-bcce-b302099a8057', c.no, u.no, 'jobQueueEntries', 'setOnHold', '{}', 'Done', 4, now(), now()
    from nightshift.company c, nightshift.app_user u where c.name = 'CRONUS' and u.name = 'ADMIN' returning id)
  insert into nightshift.bulk_operation_row (operation_id, no, target_id, name, outcome, code, reason)
  select id, no, gen_random_uuid()::text, 'entry ' || no, case when no = 3 then 'Refused' else 'Done' end,
    case when no = 3 then 'STATUS_INVALID' end, case when no = 3 then 'Entry 3 is In Process: stop its run first.' end
  from operation, generate_series(1, 4) no`;

const VIEW = `insert into nightshift.saved_view (id, company_no, user_no, list, name, query, shared, changed_at)
  select gen_random_uuid(), c.no, u.no, 'jobQueueEntries', 'Shop, by next run', 'q=shop&sort=earliestStart', true, now()
  from nightshift.company c, nightshift.app_user u where c.name = 'CRONUS' and u.name = 'CLARA'`;

/** People, rights, keys and the rest of what is administered, once a platform. */
export async function setAdministration(kit: TestPlatform): Promise<void> {
  if (set.has(kit)) return;
  set.add(kit);
  await permissionSets.create(kit.admin, {
    name: 'Order Clerk',
    description: 'Runs what belongs to orders, and sees how it goes',
    codeunits: ['Import Orders', 'Post Invoices'],
    tables: { sales_order: 'RIM', customer: 'R' },
    includes: ['Job Queue View'],
  });
  await permissionSets.create(kit.admin, {
    name: 'Stock Keeper',
    description: 'Counts the stock',
    codeunits: ['Count Stock'],
    tables: { item: 'R', stock_count: 'RIM' },
  });
  await addUsers(
    kit,
    {
      name: 'ANNA',
      sets: ['Order Clerk', 'Job Queue Run'],
      company: 'CRONUS',
      columns: { full_name: 'Anna Berg' },
    },
    { name: 'OLIVIA', sets: ['SUPER'], columns: { full_name: 'Olivia Stein' } },
    {
      name: 'PARTNER',
      sets: ['Job Queue Run', 'Order Clerk'],
      company: 'CRONUS',
      columns: { is_delegated: true, full_name: 'Partner, delegated' },
    },
    { name: 'SHOP-APP', sets: ['Order Clerk'], company: 'CRONUS', columns: { kind: 'application' } },
  );
  await setCategories(kit);
  await apiKeys.create(kit.admin, { name: 'Data warehouse', scopes: ['company.open', 'entry.read'] });
  const old = await apiKeys.create(kit.admin, { name: 'Old shop', scopes: ['entry.read'] });
  await apiKeys.revoke(kit.admin, old.id);
  const entry = { object: 'Post Invoices', ...EVERY_DAY, startingTime: '04:00' } as never;
  const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });
  const left = await jobQueue.create(as('OLIVIA'), {
    ...(entry as object),
    description: 'Post what Olivia left',
  } as never);
  await jobQueue.setStatusToReady(as('OLIVIA'), left.id);
  await users.disable(kit.admin, 'OLIVIA');
  const asked = await jobQueue.create(as('PARTNER'), {
    ...(entry as object),
    description: 'Close the month',
  } as never);
  await jobQueue.requestApproval(as('PARTNER'), asked.id, { comment: 'For the end of the month' });
  await kit.query(OPERATION);
  await kit.query(VIEW);
}
