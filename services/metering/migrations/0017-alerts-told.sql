-- What the last alert of each share of each limit said, and when, so that it can be read. Of alerts that were told
-- before, nobody knows: these columns are null until the next one.
alter table usage_alert
  add column used bigint,
  add column window_start timestamptz,
  add column reset_at timestamptz,
  add column told_at timestamptz;
create index usage_alert_by_time on usage_alert (tenant_id, told_at desc, account_id desc, feature_key desc, limit_key desc, percent desc)
  where told_at is not null;

-- Alerts of pairs of account and feature that are due now, each answered to one caller alone. Locks the rows of the
-- alerts in their order.
create or replace function take_alerts(p_tenant text, p_accounts text[], p_features text[])
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
    select s.account_id, s.feature_key, s.limit_key, s.spec, s.units, s.used, s.window_start, s.reset_at, p.percent
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
      tenant_id, account_id, feature_key, limit_key, percent, spec, units, rearm_at, used, window_start, reset_at, told_at)
    select p_tenant, c.account_id, c.feature_key, c.limit_key, c.percent, c.spec, c.units,
      case
        when rolling_seconds(c.spec) > 0 then v_now + rolling_seconds(c.spec) * interval '1 second'
        else c.reset_at
      end,
      c.used, c.window_start, c.reset_at, v_now
    from crossed as c
    order by c.account_id collate "C", c.feature_key collate "C", c.limit_key collate "C", c.percent
    on conflict (tenant_id, account_id, feature_key, limit_key, percent) do update
      set spec = excluded.spec,
        units = excluded.units,
        rearm_at = excluded.rearm_at,
        used = excluded.used,
        window_start = excluded.window_start,
        reset_at = excluded.reset_at,
        told_at = excluded.told_at
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
