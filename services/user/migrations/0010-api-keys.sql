-- Who made an API key, when it was used, and the secrets that it had before; and what is purged.

alter table api_key
  add column created_by_kind text
    constraint api_key_created_by_kind_known
    check (created_by_kind in ('user', 'api_key', 'service')),
  -- Unknown for keys older than this column, and then the kind too.
  add column created_by_id text collate "C",
  -- Known to a minute.
  add column last_used_at timestamptz,
  add column rotated_at timestamptz,
  add constraint api_key_created_by check ((created_by_kind is null) = (created_by_id is null));
create index api_key_by_creator on api_key (tenant_id, created_by_kind, created_by_id)
  where revoked_at is null;

-- Secrets from before a rotation, each of which works until its overlap ends.
create table former_api_key_secret (
  tenant_id text not null,
  secret_hash bytea not null
    constraint former_api_key_secret_hash_length check (octet_length(secret_hash) = 32),
  api_key_id text not null,
  expires_at timestamptz not null,
  primary key (tenant_id, secret_hash),
  foreign key (tenant_id, api_key_id) references api_key (tenant_id, api_key_id)
);
create unique index former_api_key_secret_by_hash on former_api_key_secret (secret_hash);
create index former_api_key_secret_by_key on former_api_key_secret (tenant_id, api_key_id);
create index former_api_key_secret_by_expiry on former_api_key_secret (tenant_id, expires_at);
select protect_tenant_table('former_api_key_secret', true);

-- Jobs over all tenants go through them one by one: a system transaction reads who they are, no more.
create policy tenant_list on tenant for select
  using ((select current_setting('purser.tenant_id', true)) = '*');

-- What has no use any more is found by its age.
create index session_by_end on session (tenant_id, least(expires_at, revoked_at));
create index refresh_token_by_expiry on refresh_token (tenant_id, expires_at);
create index sign_in_failure_by_age on sign_in_failure (tenant_id, failed_at);
create index mail_token_by_expiry on mail_token (tenant_id, expires_at);

-- A key that cannot be opened any more signs nothing, and is listed only as long as its last tokens live.
alter table signing_key add column retired_at timestamptz;
