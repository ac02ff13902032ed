-- What is held about a person: exports of it, and its erasure.

-- When the personal data of a person or an account was erased; the row stays, since others name it.
alter table tenant_user add column erased_at timestamptz;
alter table tenant_user
  add constraint tenant_user_erased_is_shut_out
  check (erased_at is null or (status = 'disabled' and password_hash is null));
alter table account add column erased_at timestamptz;

-- One row for each person or account that was asked about; asking again walks again.
create table erasure (
  tenant_id text not null,
  erasure_id text collate "C" not null,
  subject_kind text not null
    constraint erasure_subject_kind_known check (subject_kind in ('user', 'account')),
  subject_id text collate "C" not null,
  -- Whose data goes: fixed when it is asked for, since a tombstone no longer tells.
  user_ids text[] not null,
  account_ids text[] not null,
  state text not null
    constraint erasure_state_known check (state in ('running', 'completed')),
  -- Who asked, as kind and id.
  requested_by text not null,
  requested_at timestamptz not null,
  completed_at timestamptz,
  primary key (tenant_id, erasure_id),
  constraint erasure_once_a_subject unique (tenant_id, subject_kind, subject_id),
  constraint erasure_completed check ((state = 'completed') = (completed_at is not null))
);
select protect_tenant_table('erasure');

create table erasure_step (
  tenant_id text not null,
  erasure_id text collate "C" not null,
  -- Place in the walk, from 1.
  step_number integer not null,
  service text not null,
  state text not null
    constraint erasure_step_state_known check (state in ('pending', 'done')),
  erased_count bigint not null default 0,
  -- What stays: [{ kind, count, reason, keep_until }].
  kept jsonb not null default '[]',
  -- Code of the failure that stopped the last attempt.
  failure_code text,
  completed_at timestamptz,
  primary key (tenant_id, erasure_id, step_number),
  constraint erasure_step_service_once unique (tenant_id, erasure_id, service),
  constraint erasure_step_completed check ((state = 'done') = (completed_at is not null)),
  foreign key (tenant_id, erasure_id) references erasure (tenant_id, erasure_id)
);
select protect_tenant_table('erasure_step');

create table personal_export (
  tenant_id text not null,
  export_id text collate "C" not null,
  subject_kind text not null
    constraint personal_export_subject_kind_known check (subject_kind in ('user', 'account')),
  subject_id text collate "C" not null,
  user_ids text[] not null,
  account_ids text[] not null,
  state text not null
    constraint personal_export_state_known check (state in ('running', 'completed')),
  requested_by text not null,
  requested_at timestamptz not null,
  completed_at timestamptz,
  -- Exclusive: it is answered no more, and removed within the hour.
  expires_at timestamptz not null,
  primary key (tenant_id, export_id),
  constraint personal_export_completed check ((state = 'completed') = (completed_at is not null))
);
create index personal_export_by_subject
  on personal_export (tenant_id, subject_kind, subject_id, export_id);
create index personal_export_by_expiry on personal_export (tenant_id, expires_at);
select protect_tenant_table('personal_export');

-- What the services told, page by page; a page holds records of any kinds in their order.
create table personal_export_page (
  tenant_id text not null,
  export_id text collate "C" not null,
  service text not null,
  page_number integer not null,
  -- [{ kind, record }], the records as the service wrote them.
  records json not null,
  -- Where the service goes on; null after its last page.
  next_page_token text,
  primary key (tenant_id, export_id, service, page_number),
  foreign key (tenant_id, export_id) references personal_export (tenant_id, export_id)
    on delete cascade
);
select protect_tenant_table('personal_export_page');
