-- What accounts may use: entitlements of plan versions, and their projection for each account.

-- Plan versions whose entitlements are known. Versions never change.
create table entitled_plan (
  tenant_id text not null,
  plan_key text not null,
  plan_version integer not null,
  -- SHA-256 of the entitlements as they came: a repeat is told from a contradiction.
  content_hash bytea not null
    constraint entitled_plan_hash_length check (octet_length(content_hash) = 32),
  primary key (tenant_id, plan_key, plan_version)
);
select protect_tenant_table('entitled_plan');

create table plan_entitlement (
  tenant_id text not null,
  plan_key text not null,
  plan_version integer not null,
  feature_key text collate "C" not null,
  meter_key text not null,
  -- Type of the raw rows of what was used; the meter reads it.
  event_type text not null,
  overage_allowed boolean not null,
  admits_on_outage boolean not null,
  alert_percents integer[] not null,
  primary key (tenant_id, plan_key, plan_version, feature_key),
  foreign key (tenant_id, plan_key, plan_version) references entitled_plan
);
select protect_tenant_table('plan_entitlement');

create table plan_limit (
  tenant_id text not null,
  plan_key text not null,
  plan_version integer not null,
  feature_key text collate "C" not null,
  limit_key text collate "C" not null,
  quantity bigint not null constraint plan_limit_quantity_whole check (quantity >= 0),
  burst bigint not null constraint plan_limit_burst_whole check (burst >= 0),
  per_seat boolean not null,
  window_kind text not null
    constraint plan_limit_window_known
    check (window_kind in ('rolling', 'fixed', 'day', 'month', 'billing_period')),
  -- Of rolling and fixed windows; 0 of the others.
  window_seconds integer not null,
  constraint plan_limit_window_length
    check ((window_kind in ('rolling', 'fixed')) = (window_seconds > 0)),
  primary key (tenant_id, plan_key, plan_version, feature_key, limit_key),
  foreign key (tenant_id, plan_key, plan_version, feature_key) references plan_entitlement
);
select protect_tenant_table('plan_limit');

-- The newest revision of what each account holds. An older one that arrives late changes nothing.
create table entitled_account (
  tenant_id text not null,
  account_id text not null,
  revision bigint not null,
  primary key (tenant_id, account_id)
);
select protect_tenant_table('entitled_account');

-- What an account may use, from each of its subscriptions and top-ups, ready to be added up: a decision reads
-- the few rows of its feature, and a plan change counts for every decision that begins after its commit.
create table account_entitlement (
  tenant_id text not null,
  account_id text collate "C" not null,
  feature_key text collate "C" not null,
  -- Empty for the feature itself, which every holding of it has.
  limit_key text collate "C" not null,
  -- A subscription, or 'top_up:' and the id of a top-up.
  source_id text not null,
  -- Of the feature: empty. Of a limit: units, seats and burst included.
  units bigint,
  -- When the subscription began, in 20 digits of microseconds and a space: the least one is the oldest. Then, of a
  -- limit, its window (see limit_window); of the feature, the type of its raw rows. Empty on top-ups.
  term text collate "C",
  overage_allowed boolean not null,
  -- Of the feature: whether the subscription puts no limit on it.
  unlimited boolean not null,
  -- Of the feature.
  admits_on_outage boolean not null,
  start_at timestamptz not null,
  -- Exclusive; infinity while it is open.
  end_at timestamptz not null,
  primary key (tenant_id, account_id, feature_key, limit_key, source_id)
);
select protect_tenant_table('account_entitlement');
