import { statement } from '../database/index.ts';

export const addApiKey = statement(
  'api_key_add',
  `insert into nightshift.api_key (id, name, user_no, company_no, scopes, digest, created_by, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

const COLUMNS = `k.id, k.name, u.name as user_name, u.no as user_no, c.name as company_name, k.scopes, b.name as created_by,
    k.created_at, k.expires_at, k.last_used_at, k.revoked_at`;
const FROM = `from nightshift.api_key k
  join nightshift.app_user u on u.no = k.user_no
  join nightshift.app_user b on b.no = k.created_by
  join nightshift.company c on c.no = k.company_no`;

// $2: only those of this user; null: all. $3: older than this one; null: from the newest on.
export const listApiKeys = statement(
  'api_keys_list',
  `select ${COLUMNS} ${FROM}
  where k.company_no = $1 and ($2::integer is null or k.user_no = $2) and ($3::uuid is null or k.id < $3)
  order by k.id desc
  limit $4`,
);

export const lockApiKey = statement(
  'api_key_lock',
  `select ${COLUMNS} ${FROM} where k.id = $1 and k.company_no = $2 for update of k`,
);

export const revokeApiKey = statement(
  'api_key_revoke',
  'update nightshift.api_key set revoked_at = $2 where id = $1 and revoked_at is null',
);

// For whoever presents it: with its digest.
export const readApiKey = statement('api_key_read', `select ${COLUMNS}, k.digest ${FROM} where k.id = $1`);

// At most once a minute.
export const noteApiKeyUse = statement(
  'api_key_used',
  `update nightshift.api_key set last_used_at = $2::timestamptz
  where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')`,
);
