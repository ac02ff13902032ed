-- What plans entitle to, seats, top-ups, and how far metering knows of it.

-- Features of the plan's entitlements, each once, in order; the entitlements themselves are in `terms`.
alter table plan_version add column feature_keys text[] not null default '{}';

alter table subscription add column seats integer not null default 1
  constraint subscription_seats_range check (seats between 1 and 1000000);

-- Units on top of a limit, for everybody of the account. Rows are inserted and never changed.
create table top_up (
  tenant_id text not null,
  top_up_id text not null,
  account_id text not null,
  feature_key text not null,
  limit_key text not null,
  quantity bigint not null
    constraint top_up_quantity_positive check (quantity >= 1),
  expire_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, top_up_id),
  constraint top_up_expires_later check (expire_at > created_at)
);
create index top_up_by_account on top_up (tenant_id, account_id, top_up_id);
select protect_tenant_table('top_up');
revoke update, delete on top_up from purser_subscription;

-- Counts the changes of what metering has to know of an account. One state of the account belongs to
-- each revision, since both change in one transaction.
create table account_revision (
  tenant_id text not null,
  account_id text not null,
  revision bigint not null
    constraint account_revision_positive check (revision >= 1),
  -- The newest one that metering confirmed.
  told_revision bigint not null default 0
    constraint account_revision_told check (told_revision between 0 and revision),
  primary key (tenant_id, account_id)
);
create index account_revision_untold on account_revision (tenant_id, account_id)
where told_revision < revision;
select protect_tenant_table('account_revision');

-- Versions of plans whose entitlements metering has not confirmed yet.
create table untold_plan_version (
  tenant_id text not null,
  plan_key text not null,
  version integer not null,
  primary key (tenant_id, plan_key, version),
  foreign key (tenant_id, plan_key, version) references plan_version
);
select protect_tenant_table('untold_plan_version');
