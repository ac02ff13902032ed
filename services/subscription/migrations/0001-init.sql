-- Plans with immutable versions, and the subscriptions of accounts to them.

create table plan (
  tenant_id text not null,
  plan_key text not null,
  newest_version integer not null
    constraint plan_newest_version_positive check (newest_version >= 1),
  primary key (tenant_id, plan_key)
);
select protect_tenant_table('plan');

-- Rows are inserted and never changed. `terms` is the contract's PlanTerms in its JSON form; the other
-- columns repeat what statements need of it.
create table plan_version (
  tenant_id text not null,
  plan_key text not null,
  version integer not null
    constraint plan_version_positive check (version >= 1),
  interval_unit text not null
    constraint plan_version_interval_unit_known check (interval_unit in ('month', 'year')),
  interval_count integer not null,
  meter_keys text[] not null,
  terms jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, plan_key, version),
  foreign key (tenant_id, plan_key) references plan
);
select protect_tenant_table('plan_version');
revoke update, delete on plan_version from purser_subscription;

create table subscription (
  tenant_id text not null,
  subscription_id text not null,
  account_id text not null,
  plan_key text not null,
  plan_version integer not null,
  status text not null
    constraint subscription_status_known check (status in ('active', 'canceled')),
  start_at timestamptz not null,
  end_at timestamptz,
  alignment text not null
    constraint subscription_alignment_known check (alignment in ('calendar', 'anniversary')),
  -- Stamped at creation, as what follows: the periods of a subscription never move.
  time_zone text not null,
  interval_unit text not null
    constraint subscription_interval_unit_known check (interval_unit in ('month', 'year')),
  interval_count integer not null,
  created_at timestamptz not null,
  primary key (tenant_id, subscription_id),
  constraint subscription_end check (end_at >= start_at),
  constraint subscription_end_when_canceled check ((status = 'canceled') = (end_at is not null))
);
create index subscription_by_account on subscription (tenant_id, account_id, subscription_id);
-- A second wall: creation decides under the locks of store/account-lock.ts.
create unique index subscription_active on subscription (tenant_id, account_id, plan_key)
where status = 'active';
select protect_tenant_table('subscription');
