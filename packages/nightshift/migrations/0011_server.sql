-- The HTTP interface: what machines sign in with, and answers that are given again.

-- API keys. Of the secret only its digest is kept: 256 random bits need no slower one.
create table nightshift.api_key (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 100),
  -- As whom it acts; his rights count, within the scopes.
  user_no integer not null references nightshift.app_user,
  company_no integer not null references nightshift.company on delete cascade,
  -- Verbs of the contract.
  scopes text[] not null check (cardinality(scopes) > 0),
  -- SHA-256 of the secret.
  digest bytea not null check (octet_length(digest) = 32),
  created_by integer not null references nightshift.app_user,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  -- To the minute, so that a busy key is not written all the time.
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_key_list on nightshift.api_key (company_no, id);

-- The first answer to a request that carries an idempotency key: a repeat gets it again. Kept for a day.
create table nightshift.idempotent_request (
  user_no integer not null references nightshift.app_user,
  key text not null check (char_length(key) between 1 and 200),
  -- SHA-256 of what was asked: a key is not for two different requests.
  digest bytea not null,
  begun_at timestamptz not null,
  -- Null: it is not over, or whoever worked on it died.
  status integer,
  answer jsonb,
  primary key (user_no, key)
);
create index idempotent_request_begun on nightshift.idempotent_request (begun_at);

-- People who sign in with a password. The tables are those of better-auth, in its own spelling; nothing else reads them but the
-- server. An account has the number of its user as id.
create schema nightshift_auth;

-- Signs cookies; the same for all server instances.
create table nightshift_auth.secret (
  one boolean primary key default true check (one),
  value text not null
);

create table nightshift_auth."user" (
  id text primary key,
  name text not null,
  -- No address: names are what people sign in with.
  email text not null unique,
  "emailVerified" boolean not null,
  image text,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null,
  "twoFactorEnabled" boolean
);

create table nightshift_auth.session (
  id text primary key,
  token text not null unique,
  "userId" text not null references nightshift_auth."user" on delete cascade,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  -- oidc, or else his password; whoever has an authenticator gave its code with the password only.
  "signedInBy" text
);
create index session_of_user on nightshift_auth.session ("userId");

create table nightshift_auth.account (
  id text primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references nightshift_auth."user" on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  -- Its scrypt digest.
  password text,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null
);
create index account_of_user on nightshift_auth.account ("userId");

create table nightshift_auth.verification (
  id text primary key,
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null
);
create index verification_by_identifier on nightshift_auth.verification (identifier);

create table nightshift_auth."twoFactor" (
  id text primary key,
  secret text not null,
  "backupCodes" text not null,
  "userId" text not null references nightshift_auth."user" on delete cascade,
  verified boolean,
  "failedVerificationCount" integer,
  "lockedUntil" timestamptz
);
create index two_factor_of_user on nightshift_auth."twoFactor" ("userId");

-- Bulk operations: what was meant is written down before anything is done, so that it survives a reload of the page and the end of
-- a server.
create table nightshift.bulk_operation (
  id uuid primary key,
  company_no integer not null references nightshift.company on delete cascade,
  -- As whom each is done.
  user_no integer not null references nightshift.app_user,
  target text not null,
  -- The table of work items; null for everything else.
  items text,
  action text not null,
  arguments jsonb not null,
  status text not null check (status in ('Running', 'Aborting', 'Done', 'Aborted')),
  total integer not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  -- The server that works on it, and when it last gave a sign; null: none does.
  worker uuid,
  beat_at timestamptz,
  correlation_id uuid
);
create index bulk_operation_list on nightshift.bulk_operation (company_no, id);
create index bulk_operation_open on nightshift.bulk_operation (id) where status in ('Running', 'Aborting');

create table nightshift.bulk_operation_row (
  operation_id uuid not null references nightshift.bulk_operation on delete cascade,
  no integer not null,
  target_id text not null,
  name text not null,
  -- Null: its turn has not come. Begun: whoever began may have died in it.
  outcome text check (outcome in ('Begun', 'Done', 'Refused', 'Unknown')),
  code text,
  reason text,
  primary key (operation_id, no)
);
create index bulk_operation_row_next on nightshift.bulk_operation_row (operation_id, no) where outcome is null;

-- What people have made of a list: which columns, filters and order, as the query of its address.
create table nightshift.saved_view (
  id uuid primary key,
  company_no integer not null references nightshift.company on delete cascade,
  user_no integer not null references nightshift.app_user,
  list text not null check (char_length(list) between 1 and 100),
  name text not null check (char_length(name) between 1 and 100),
  query text not null check (char_length(query) <= 4000),
  shared boolean not null,
  version integer not null default 1,
  changed_at timestamptz not null,
  unique (company_no, user_no, list, name)
);
create index saved_view_list on nightshift.saved_view (company_no, list, id);

-- A subject of the sign-in provider is one user.
create unique index account_of_subject on nightshift_auth.account ("providerId", "accountId") where "providerId" = 'oidc';

-- Who is disabled is signed out everywhere, also for when he is enabled again.
create function nightshift_auth.sign_out() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from nightshift_auth.session where "userId" = new.no::text;
  return null;
end
$$;
revoke all on function nightshift_auth.sign_out() from public;
create trigger sign_out_disabled after update on nightshift.app_user
  for each row when (old.state <> 'disabled' and new.state = 'disabled') execute function nightshift_auth.sign_out();

-- Lines of logs that somebody on another instance asks for while he looks at a run; whose session it is answers, and who
-- has asked takes the answer away.
create table nightshift.log_request (
  id uuid primary key,
  epoch uuid not null references nightshift.server_instance,
  session_id integer not null,
  unique_id uuid not null,
  -- How many lines were seen, and when the last of them was written.
  seen integer not null,
  last_at text,
  asked_at timestamptz not null default clock_timestamp(),
  answered boolean not null default false,
  -- Null: no such session.
  answer jsonb
);
create index log_request_open on nightshift.log_request (epoch) where not answered;

-- Kills travel as stops do.
alter table nightshift.stop_request
  add column deed text not null default 'stop' check (deed in ('stop', 'kill')),
  -- The answer was no because of the state in which the session was.
  add column found_state text;
