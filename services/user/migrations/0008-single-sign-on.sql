-- Sign-in by a tenant's own OpenID provider: one connection a tenant.

create table sso_connection (
  tenant_id text primary key references tenant,
  -- A new one each time another provider or client is connected; what began with a former one fails.
  connection_id text not null,
  issuer text not null,
  client_id text not null,
  -- Encrypted with AES-256-GCM under a key derived from PURSER_SECRET; never answered.
  sealed_client_secret bytea not null,
  redirect_uris text[] not null,
  -- Lower case; whoever has an address elsewhere is refused.
  email_domains text[] not null,
  default_role_key text not null,
  creates_people boolean not null,
  is_enforced boolean not null,
  updated_at timestamptz not null
);
select protect_tenant_table('sso_connection');

-- Sign-ins under way, each used once. `state_hash` is the SHA-256 of 256 random bits.
create table sso_attempt (
  tenant_id text not null references tenant,
  state_hash bytea not null
    constraint sso_attempt_state_hash_length check (octet_length(state_hash) = 32),
  connection_id text not null,
  redirect_uri text not null,
  -- Nonce and PKCE verifier, encrypted like the client's secret.
  sealed_secrets bytea not null,
  expires_at timestamptz not null,
  primary key (tenant_id, state_hash)
);
create index sso_attempt_by_expiry on sso_attempt (tenant_id, expires_at);
select protect_tenant_table('sso_attempt');

-- Who somebody is at a provider: an issuer never gives a subject to two people (OpenID Connect Core
-- 1.0, section 5.7).
create table sso_identity (
  tenant_id text not null,
  issuer text not null,
  subject text not null,
  user_id text collate "C" not null,
  created_at timestamptz not null,
  primary key (tenant_id, issuer, subject),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index sso_identity_by_user on sso_identity (tenant_id, user_id);
select protect_tenant_table('sso_identity');
