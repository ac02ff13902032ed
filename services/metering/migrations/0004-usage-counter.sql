-- Counters of limits, and units that are held for work under way.

-- What was admitted with a limit in sight: the feature, and what tells a repeated request from another one.
alter table usage_event
  add column feature_key text,
  add column request_hash uuid;

-- Finds whether something reads the single events of a type.
create index meter_by_event_type on meter (tenant_id, event_type);

-- One row for each limit of each account. The row decides: whoever admits units holds its lock.
create table usage_counter (
  tenant_id text not null,
  account_id text collate "C" not null,
  feature_key text collate "C" not null,
  limit_key text collate "C" not null,
  -- Window that the row counts, see limit_window, and since when.
  spec text collate "C" not null,
  spec_since timestamptz not null,
  -- Bounds of the window. A rolling one has none: -infinity, and when its oldest bucket leaves (infinity without).
  window_start timestamptz not null,
  window_end timestamptz not null,
  -- Units that count in the window, held ones included.
  used bigint not null,
  -- Of a rolling window: exclusive ends of the buckets that hold units, ascending, and their units.
  bucket_ends timestamptz[] not null,
  bucket_units bigint[] not null,
  -- Latest instant at which the row was written: decisions never go back behind it.
  seen_at timestamptz not null,
  -- The limit as the account's entitlements said when the row was last decided about with care: units in each window,
  -- whether more are admitted, and the type of the raw rows. It holds while the account is at this revision, from
  -- `seen_at` to before this instant; -infinity where nothing is known.
  policy_revision bigint not null,
  policy_until timestamptz not null,
  ceiling bigint not null,
  soft boolean not null,
  event_type text not null,
  -- Place of the limit among those of the feature, from 1, and how many these are.
  place integer not null,
  limit_count integer not null,
  primary key (tenant_id, account_id, feature_key, limit_key)
) with (fillfactor = 50);
-- At most 302 buckets of 16 bytes: always in the row, and never packed and unpacked on the way.
alter table usage_counter
  alter column bucket_ends set storage plain,
  alter column bucket_units set storage plain;
select protect_tenant_table('usage_counter');

-- Units that are counted before they are used: of a reservation until it is committed, released or expires, of a
-- lease until it is returned. A row for each feature.
create table hold (
  tenant_id text not null,
  hold_id text not null,
  feature_key text collate "C" not null,
  kind text not null constraint hold_kind_known check (kind in ('reservation', 'lease')),
  state text not null constraint hold_state_known check (state in ('open', 'closed', 'expired')),
  account_id text collate "C" not null,
  event_type text not null,
  -- Units that are counted.
  units bigint not null constraint hold_units_positive check (units > 0),
  -- Units that are recorded as usage.
  recorded bigint not null,
  -- Units that the commit of a reservation named.
  asked bigint,
  properties jsonb,
  -- Tells a repeated request from another one with the same id.
  request_hash uuid not null,
  counted_at timestamptz not null,
  expire_at timestamptz not null,
  -- Number of the last report of a lease.
  sequence bigint not null,
  -- When it stopped being open.
  closed_at timestamptz,
  primary key (tenant_id, hold_id, feature_key)
);
-- Reservations that have run out, of a counter and of all.
create index hold_open on hold (tenant_id, account_id, feature_key, expire_at)
  where state = 'open' and kind = 'reservation';
create index hold_expiring on hold (expire_at) where state = 'open' and kind = 'reservation';
-- The sweep looks for tenants with expired reservations.
select protect_tenant_table('hold', true);
