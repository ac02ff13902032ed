-- People of a tenant, their sessions, and what belongs to a person alone.

-- Staff and shoppers alike: a person is one tenant's, and an e-mail address means one person in it.
create table tenant_user (
  tenant_id text not null references tenant,
  user_id text collate "C" not null,
  -- In lower case.
  email text not null
    constraint tenant_user_email_lower_case check (email = lower(email)),
  full_name text not null,
  -- Argon2id in the PHC string format; none before an invitation is taken up.
  password_hash text,
  status text not null
    constraint tenant_user_status_known check (status in ('invited', 'active', 'disabled')),
  -- A role of the platform (domain/role.ts) or of the tenant (table role).
  role_key text not null,
  account_id text,
  locale text not null default '',
  phone text not null default '',
  created_at timestamptz not null,
  primary key (tenant_id, user_id),
  constraint tenant_user_email_once unique (tenant_id, email),
  foreign key (tenant_id, account_id) references account (tenant_id, account_id),
  constraint tenant_user_active_has_password check (status <> 'active' or password_hash is not null)
);
create index tenant_user_by_role on tenant_user (tenant_id, role_key);
select protect_tenant_table('tenant_user');

create table role (
  tenant_id text not null references tenant,
  role_key text collate "C" not null,
  name text not null,
  permissions text[] not null,
  created_at timestamptz not null,
  primary key (tenant_id, role_key)
);
select protect_tenant_table('role');

-- One open invitation a person. `secret_hash` is the SHA-256 of 256 random bits.
create table invitation (
  tenant_id text not null,
  user_id text collate "C" not null,
  secret_hash bytea not null
    constraint invitation_secret_hash_length check (octet_length(secret_hash) = 32),
  expires_at timestamptz not null,
  primary key (tenant_id, user_id),
  constraint invitation_secret_once unique (tenant_id, secret_hash),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
select protect_tenant_table('invitation');

-- A sign-in on one device: the family of its refresh tokens.
create table session (
  tenant_id text not null,
  session_id text collate "C" not null,
  user_id text collate "C" not null,
  user_agent text not null,
  created_at timestamptz not null,
  refreshed_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, session_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index session_by_user on session (tenant_id, user_id, session_id);
select protect_tenant_table('session');

-- Every refresh token that was given out, so that the re-use of an old one is seen.
create table refresh_token (
  tenant_id text not null,
  secret_hash bytea not null
    constraint refresh_token_secret_hash_length check (octet_length(secret_hash) = 32),
  session_id text collate "C" not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, secret_hash),
  foreign key (tenant_id, session_id) references session (tenant_id, session_id)
);
create index refresh_token_by_session on refresh_token (tenant_id, session_id);
select protect_tenant_table('refresh_token');

-- Failed sign-ins in a row, by e-mail address and by network address, known or not.
create table sign_in_failure (
  tenant_id text not null references tenant,
  scope text not null
    constraint sign_in_failure_scope_known check (scope in ('email', 'address')),
  -- SHA-256 of the e-mail or network address: what was typed is kept nowhere.
  subject_hash bytea not null,
  failures integer not null,
  blocked_until timestamptz not null,
  failed_at timestamptz not null,
  primary key (tenant_id, scope, subject_hash)
);
select protect_tenant_table('sign_in_failure');

-- Keys that sign access tokens, of the whole platform: tenant `*`, seen by system transactions alone.
create table signing_key (
  tenant_id text not null
    constraint signing_key_of_platform check (tenant_id = '*'),
  key_id text not null,
  -- Public JWK as JSON.
  public_jwk jsonb not null,
  -- Private JWK, encrypted with AES-256-GCM under a key derived from PURSER_SECRET.
  sealed_private_jwk bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, key_id)
);
select protect_tenant_table('signing_key', true);

create table saved_address (
  tenant_id text not null,
  user_id text collate "C" not null,
  address_id text collate "C" not null,
  recipient text not null,
  address jsonb not null,
  phone text not null,
  is_default boolean not null,
  created_at timestamptz not null,
  primary key (tenant_id, user_id, address_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create unique index saved_address_one_default on saved_address (tenant_id, user_id) where is_default;
select protect_tenant_table('saved_address');

create table wish (
  tenant_id text not null,
  user_id text collate "C" not null,
  product_id text not null,
  created_at timestamptz not null,
  primary key (tenant_id, user_id, product_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
select protect_tenant_table('wish');
