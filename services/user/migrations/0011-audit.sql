-- The audit log: who did what to which object, when. Append-only and hash-chained, one chain a tenant.

-- Where each tenant's chain goes on; its row is locked by whoever appends.
create table audit_head (
  tenant_id text primary key,
  sequence bigint not null
    constraint audit_head_sequence check (sequence >= 0),
  hash bytea not null
    constraint audit_head_hash_length check (octet_length(hash) = 32)
);
select protect_tenant_table('audit_head');
revoke delete on audit_head from purser_user;

create table audit_entry (
  tenant_id text not null,
  -- 1, 2, 3 and so on without a gap.
  sequence bigint not null
    constraint audit_entry_sequence check (sequence >= 1),
  event_id uuid not null,
  action text collate "C" not null,
  actor_kind text not null
    constraint audit_entry_actor_kind_known
      check (actor_kind in ('user', 'api_key', 'service', 'anonymous')),
  actor_id text collate "C" not null,
  -- Identifiers by the names that the contract gives them: one flat object of texts.
  object jsonb not null,
  acted_at timestamptz not null,
  recorded_at timestamptz not null,
  request_id text not null,
  client_address text not null,
  previous_hash bytea not null
    constraint audit_entry_previous_hash_length check (octet_length(previous_hash) = 32),
  -- SHA-256, see domain/audit-chain.ts.
  hash bytea not null
    constraint audit_entry_hash_length check (octet_length(hash) = 32),
  primary key (tenant_id, sequence),
  constraint audit_entry_event_once unique (tenant_id, event_id)
);
create index audit_entry_by_actor on audit_entry (tenant_id, actor_id, sequence);
create index audit_entry_by_action on audit_entry (tenant_id, action, sequence);
create index audit_entry_by_time on audit_entry (tenant_id, acted_at);
select protect_tenant_table('audit_entry');
revoke update, delete on audit_entry from purser_user;

-- The way from an identifier to its entries. An index and no evidence: the entries say the same.
create table audit_object (
  tenant_id text not null,
  object_id text collate "C" not null,
  sequence bigint not null,
  primary key (tenant_id, object_id, sequence),
  foreign key (tenant_id, sequence) references audit_entry (tenant_id, sequence)
);
create index audit_object_by_entry on audit_object (tenant_id, sequence);
select protect_tenant_table('audit_object');
revoke update, delete on audit_object from purser_user;
