-- Where accounts stand with their limits, for people who look; and alerts at shares of limits. Nothing here is on the
-- way of a decision.

-- Every limit of pairs of account and feature as it stands at an instant, in order. Takes no lock.
create function limit_standings(p_tenant text, p_accounts text[], p_features text[], p_at timestamptz)
returns table (
  account_id text, feature_key text, limit_key text, units bigint, soft boolean, spec text, used bigint,
  window_start timestamptz, reset_at timestamptz)
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select l.account_id, l.feature_key, l.limit_key, l.units, l.soft, l.spec, coalesce(c.used, 0),
    case
      when rolling_seconds(l.spec) > 0 then p_at - rolling_seconds(l.spec) * interval '1 second'
      else w.start_at
    end,
    -- Of a rolling window, when units come back next: never, while none are out.
    nullif(case when rolling_seconds(l.spec) > 0 then c.window_end else w.end_at end, 'infinity')
  from unnest(read_limits(p_tenant, p_accounts, p_features, p_at)) as l
  cross join lateral limit_window(l.spec, p_at) as w
  left join lateral (
    select turned.used, turned.window_end
    from usage_counter as u
    cross join lateral turn_counter(u, l.spec, p_at) as turned
    where u.tenant_id = p_tenant
      and u.account_id = l.account_id collate "C"
      and u.feature_key = l.feature_key collate "C"
      and u.limit_key = l.limit_key collate "C"
    offset 0
  ) as c on true
  where l.limit_key <> '';
end
$$;

-- Counters that may stand at `p_percent` of their limit or more: what a row says is used is never less than what
-- counts now. Windows that are over are left out. Takes no lock.
create function full_counters(
  p_tenant text, p_accounts text[], p_features text[], p_percent integer, p_at timestamptz)
returns table (account_id text, feature_key text, share numeric)
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select u.account_id, u.feature_key, max(u.used / greatest(l.units, 1))
  from unnest(p_accounts, p_features) as asked (account_id, feature_key)
  join usage_counter as u
    on u.tenant_id = p_tenant
    and u.account_id = asked.account_id collate "C"
    and u.feature_key = asked.feature_key collate "C"
  cross join lateral (
    select sum(e.units) as units
    from account_entitlement as e
    where e.tenant_id = p_tenant
      and e.account_id = u.account_id
      and e.feature_key = u.feature_key
      and e.limit_key = u.limit_key
      and e.start_at <= p_at
      and e.end_at > p_at
  ) as l
  where u.used > 0
    and (u.window_end > p_at or starts_with(u.spec, 'rolling '))
    and u.used::numeric * 100 >= l.units * p_percent
  group by u.account_id, u.feature_key;
end
$$;

-- Shares at which alerts are told, of subscriptions whose plan names others than 80 and 100 percent.
create table account_alert (
  tenant_id text not null,
  account_id text collate "C" not null,
  feature_key text collate "C" not null,
  source_id text not null,
  percents integer[] not null,
  primary key (tenant_id, account_id, feature_key, source_id)
);
select protect_tenant_table('account_alert');

-- The last alert of each share of each limit: the row makes sure that a window has one.
create table usage_alert (
  tenant_id text not null,
  account_id text collate "C" not null,
  feature_key text collate "C" not null,
  limit_key text collate "C" not null,
  percent integer not null,
  -- What the limit was when it was told: another window or more units begin anew.
  spec text not null,
  units bigint not null,
  -- From when it may be told again: the end of the window; of a rolling one, its length after the alert.
  rearm_at timestamptz not null,
  primary key (tenant_id, account_id, feature_key, limit_key, percent)
);
select protect_tenant_table('usage_alert');

-- Where the walk over all counters of a tenant stands: the counter that was looked at last, and when to go on.
create table alert_walk (
  tenant_id text primary key,
  account_id text collate "C" not null,
  feature_key text collate "C" not null,
  limit_key text collate "C" not null,
  due_at timestamptz not null
);
-- The sweeper looks for tenants whose walk is due.
select protect_tenant_table('alert_walk', true);

-- Alerts of pairs of account and feature that are due now, each answered to one caller alone. Locks the rows of the
-- alerts in their order.
create function take_alerts(p_tenant text, p_accounts text[], p_features text[])
returns table (
  account_id text, feature_key text, limit_key text, percent integer, used bigint, units bigint,
  window_start timestamptz, reset_at timestamptz, decided_at timestamptz)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
  v_least integer;
  v_accounts text[];
  v_features text[];
begin
  select least(80, min(p.percent))
  into v_least
  from unnest(p_accounts, p_features) as asked (account_id, feature_key)
  join account_alert as a
    on a.tenant_id = p_tenant
    and a.account_id = asked.account_id collate "C"
    and a.feature_key = asked.feature_key collate "C"
  cross join unnest(a.percents) as p (percent);
  select coalesce(array_agg(f.account_id), '{}'), coalesce(array_agg(f.feature_key), '{}')
  into v_accounts, v_features
  from full_counters(p_tenant, p_accounts, p_features, v_least, v_now) as f;
  return query
  with crossed as materialized (
    select s.*, p.percent
    from limit_standings(p_tenant, v_accounts, v_features, v_now) as s
    cross join lateral (
      select distinct unnest(coalesce(a.percents, '{80, 100}')) as percent
      from account_entitlement as e
      left join account_alert as a
        on a.tenant_id = e.tenant_id
        and a.account_id = e.account_id
        and a.feature_key = e.feature_key
        and a.source_id = e.source_id
      where e.tenant_id = p_tenant
        and e.account_id = s.account_id collate "C"
        and e.feature_key = s.feature_key collate "C"
        and e.limit_key = ''
        and e.start_at <= v_now
        and e.end_at > v_now
    ) as p
    where s.used > 0
      and s.used::numeric * 100 >= s.units::numeric * p.percent
  ), told as (
    insert into usage_alert as known (
      tenant_id, account_id, feature_key, limit_key, percent, spec, units, rearm_at)
    select p_tenant, c.account_id, c.feature_key, c.limit_key, c.percent, c.spec, c.units,
      case
        when rolling_seconds(c.spec) > 0 then v_now + rolling_seconds(c.spec) * interval '1 second'
        else c.reset_at
      end
    from crossed as c
    order by c.account_id collate "C", c.feature_key collate "C", c.limit_key collate "C", c.percent
    on conflict (tenant_id, account_id, feature_key, limit_key, percent) do update
      set spec = excluded.spec,
        units = excluded.units,
        rearm_at = excluded.rearm_at
      where known.spec <> excluded.spec
        or known.units < excluded.units
        or known.rearm_at <= v_now
    returning known.account_id, known.feature_key, known.limit_key, known.percent
  )
  select c.account_id, c.feature_key, c.limit_key, c.percent, c.used, c.units, c.window_start, c.reset_at, v_now
  from told as t
  join crossed as c
    on c.account_id = t.account_id
    and c.feature_key = t.feature_key
    and c.limit_key = t.limit_key
    and c.percent = t.percent
  order by c.account_id, c.feature_key, c.limit_key, c.percent;
end
$$;
