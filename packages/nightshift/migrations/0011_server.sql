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
  "userAgent" text
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
