-- Tenants, the accounts that buy from them, and the API keys that act for them.

create table tenant (
  tenant_id text primary key,
  legal_name text not null,
  time_zone text not null,
  address jsonb,
  tax_number text not null,
  created_at timestamptz not null
);
select protect_tenant_table('tenant');

create table account (
  tenant_id text not null references tenant,
  account_id text not null,
  name text not null,
  kind text not null
    constraint account_kind_known check (kind in ('person', 'organization')),
  email text not null,
  address jsonb,
  created_at timestamptz not null,
  primary key (tenant_id, account_id)
);
select protect_tenant_table('account');

-- The secret itself is stored nowhere. `secret_hash` is its SHA-256: enough for 256 random bits.
create table api_key (
  tenant_id text not null references tenant,
  api_key_id text not null,
  name text not null,
  prefix text not null,
  secret_hash bytea not null
    constraint api_key_secret_hash_length check (octet_length(secret_hash) = 32),
  permissions text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, api_key_id)
);
-- The one look-up that does not know the tenant: it is what finds the tenant out.
create unique index api_key_by_secret_hash on api_key (secret_hash);
select protect_tenant_table('api_key', true);
