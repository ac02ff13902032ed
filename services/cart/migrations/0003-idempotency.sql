-- Replies to writes that came with an Idempotency-Key, each stored in the transaction of its effect.
create table idempotency_key (
  tenant_id text not null,
  principal text not null,
  -- SHA-256 of the key: the key itself opens the reply and is kept nowhere.
  key_hash bytea not null
    constraint idempotency_key_hash_length check (octet_length(key_hash) = 32),
  -- SHA-256 of the method's name and the request.
  request_hash bytea not null
    constraint idempotency_request_hash_length check (octet_length(request_hash) = 32),
  -- The reply in protobuf's binary form, encrypted with AES-256-GCM: replies may show secrets once.
  sealed_reply bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal, key_hash)
);
create index idempotency_key_by_age on idempotency_key (tenant_id, created_at);

select protect_tenant_table('idempotency_key');
