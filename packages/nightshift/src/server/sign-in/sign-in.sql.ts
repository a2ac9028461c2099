import { statement } from '../../database/index.ts';

export const addAuthSecret = statement(
  'auth_secret_add',
  'insert into nightshift_auth.secret (value) values ($1) on conflict do nothing',
);

export const readAuthSecret = statement('auth_secret_read', 'select value from nightshift_auth.secret');

// $1: the number of the user, as text. $2: his name. $3: a stand-in for an address. $4: now.
export const ensureAuthUser = statement(
  'auth_user_ensure',
  `insert into nightshift_auth."user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
  values ($1, $2, $3, true, $4, $4)
  on conflict (id) do update set name = excluded.name`,
);

export const listSignIns = statement(
  'auth_sign_ins_list',
  `select id, token, "createdAt" as since, "updatedAt" as seen, "expiresAt" as expires, "ipAddress" as address,
    "userAgent" as agent
  from nightshift_auth.session
  where "userId" = $1 and "expiresAt" > $2 and "createdAt" > $3
  order by "createdAt" desc, id`,
);

export const endSignIn = statement(
  'auth_sign_in_end',
  'delete from nightshift_auth.session where "userId" = $1 and id = $2 returning id',
);

// Whose link it is; better-auth keeps the secret so.
export const readLinkUser = statement(
  'auth_link_user',
  `select u.name from nightshift_auth.verification v join nightshift_auth."user" u on u.id = v.value
  where v.identifier = 'reset-password:' || $1
  limit 1`,
);

// Tables without a schema before them are better-auth's.
export const ENTER_AUTH_SCHEMA = 'set search_path = nightshift_auth, pg_temp';
export const LEAVE_AUTH_SCHEMA = 'reset search_path';

// $1: the user, as text.
export const readSubjects = statement(
  'auth_subjects_read',
  `select "accountId" as subject from nightshift_auth.account where "userId" = $1 and "providerId" = 'oidc' order by 1`,
);

// $1: an id. $2: the subject. $3: the user, as text. $4: now.
export const addSubject = statement(
  'auth_subject_add',
  `insert into nightshift_auth.account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt")
  values ($1, $2, 'oidc', $3, $4, $4)
  on conflict do nothing
  returning id`,
);

export const endSignIns = statement(
  'auth_sign_ins_end',
  'delete from nightshift_auth.session where "userId" = $1 returning id',
);

// $1: the user, as text. No row: he has none.
export const removeAuthenticator = statement(
  'auth_authenticator_remove',
  `with authenticator as (delete from nightshift_auth."twoFactor" where "userId" = $1 returning id)
  update nightshift_auth."user" set "twoFactorEnabled" = false
  where id = $1 and exists (select from authenticator)
  returning id`,
);
