-- Looking without consuming, and the functions for anyone with a connection to this database: the same decisions,
-- with the same exactness, as through the service. Whoever may use the schema may call them:
--   grant usage on schema metering to your_application;

-- What limits say about units of each pair of account and feature, each asked by itself: request r is pair r.
create function check_batch(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[], p_units bigint[])
returns batch_decision
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  d batch_decision;
  v_limits limit_plan[];
  v_counters usage_counter[];
  v_limit limit_plan;
  v_count integer := 0;
  v_refused integer := 0;
  v_entitled boolean[] := array_fill(false, array[cardinality(p_accounts)]);
  v_pairs integer[];
  v_keys text[];
  v_ceilings bigint[];
  v_used bigint[];
  v_soft boolean[];
  v_resets_at timestamptz[];
  v_refused_requests integer[];
  v_refused_limits integer[];
  v_refused_fits_at timestamptz[];
  v_unentitled integer[];
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  d.decided_at := coalesce(p_at, clock_timestamp());
  v_limits := read_limits(p_tenant, p_accounts, p_features, d.decided_at);
  v_counters := array(
    select coalesce(c.counter, row(
      p_tenant, l.account_id, l.feature_key, l.limit_key, '', '-infinity', '-infinity', '-infinity', 0, '{}', '{}',
      '-infinity', 0, '-infinity', 0, false, '', 0, 0)::usage_counter)
    from unnest(v_limits) as l
    left join lateral (
      select u::usage_counter as counter
      from usage_counter as u
      where u.tenant_id = p_tenant
        and u.account_id = l.account_id collate "C"
        and u.feature_key = l.feature_key collate "C"
        and u.limit_key = l.limit_key collate "C"
      offset 0
    ) as c on true
    where l.limit_key <> ''
  );
  v_counters := turn_counters(v_counters, v_limits, d.decided_at);
  foreach v_limit in array v_limits loop
    if v_limit.limit_key = '' then
      v_entitled[v_limit.pair] := true;
      continue;
    end if;
    v_count := v_count + 1;
    v_pairs[v_count] := v_limit.pair;
    v_keys[v_count] := v_limit.limit_key;
    v_ceilings[v_count] := v_limit.units;
    v_used[v_count] := v_counters[v_count].used;
    v_soft[v_count] := v_limit.soft;
    v_resets_at[v_count] := v_counters[v_count].window_end;
    if p_units[v_limit.pair] > v_limit.units - v_counters[v_count].used and not v_limit.soft then
      v_refused := v_refused + 1;
      v_refused_requests[v_refused] := v_limit.pair;
      v_refused_limits[v_refused] := v_count;
      v_refused_fits_at[v_refused] := fits_at(
        v_counters[v_count], v_limit.units, p_units[v_limit.pair], d.decided_at);
    end if;
  end loop;
  for v_pair in 1 .. cardinality(v_entitled) loop
    if not v_entitled[v_pair] then
      v_unentitled := v_unentitled || v_pair;
    end if;
  end loop;
  d.unentitled_requests := v_unentitled;
  d.unentitled_pairs := v_unentitled;
  d.refused_requests := v_refused_requests;
  d.refused_limits := v_refused_limits;
  d.refused_fits_at := v_refused_fits_at;
  d.limit_pairs := v_pairs;
  d.limit_keys := v_keys;
  d.limit_units := v_ceilings;
  d.limit_used := v_used;
  d.limit_soft := v_soft;
  d.limit_resets_at := v_resets_at;
  return d;
end
$$;

-- The decision about one request, a row for each feature and limit (one row without a limit key where none is).
create function tell_decision(d batch_decision, p_features text[], p_units bigint[])
returns table (
  allowed boolean, reason text, feature_key text, limit_key text, limit_units bigint, remaining bigint,
  reset_at timestamptz, retry_at timestamptz)
language sql stable
as $$
  select
    not r.refused,
    case
      when d.mismatched is not null then 'id_of_other_usage'
      when d.unentitled_pairs is not null then 'feature_not_entitled'
      when d.refused_requests is not null then 'limit_exceeded'
    end,
    f.feature_key, l.limit_key, l.units,
    greatest(l.units - l.used - case when r.refused or d.repeated is not null then 0 else f.units end, 0),
    case when isfinite(l.reset_at) then l.reset_at end,
    d.refused_fits_at[array_position(d.refused_limits, l.number::integer)]
  from unnest(p_features, p_units) with ordinality as f (feature_key, units, pair)
  left join unnest(d.limit_pairs, d.limit_keys, d.limit_units, d.limit_used, d.limit_resets_at)
    with ordinality as l (pair, limit_key, units, used, reset_at, number)
    on l.pair = f.pair
  cross join lateral (
    select coalesce(d.mismatched, d.unentitled_pairs, d.refused_requests) is not null as refused
  ) as r
  order by f.pair, l.number
$$;

-- Admits or refuses units of several features of an account at once, all or none, and records what it admits.
create function consume_all(
  tenant text, account_id text, features text[], units bigint[], id text default null,
  properties jsonb default null)
returns table (
  allowed boolean, reason text, feature_key text, limit_key text, limit_units bigint, remaining bigint,
  reset_at timestamptz, retry_at timestamptz)
language plpgsql
security definer
set search_path from current
as $$
#variable_conflict use_variable
declare
  v_count integer := cardinality(features);
  v_pairs integer[] := array(select generate_series(1, v_count));
begin
  perform check_request(features, units, id, properties);
  return query
  select *
  from tell_decision(
    consume_batch(
      tenant, null, array_fill(account_id, array[v_count]), features,
      case when id is not null then array[id] end,
      case when properties is not null then array[properties::text] end,
      null, array_fill(1, array[v_count]), v_pairs, units, true),
    features, units);
end
$$;

-- The same for one feature. Its name is its own, so that parameters without a type find it.
create function consume(
  tenant text, account_id text, feature text, units bigint default 1, id text default null,
  properties jsonb default null)
returns table (
  allowed boolean, reason text, feature_key text, limit_key text, limit_units bigint, remaining bigint,
  reset_at timestamptz, retry_at timestamptz)
language sql
begin atomic
  select *
  from consume_all(tenant, account_id, array[feature], array[units], id, properties);
end;

-- Says whether units of a feature would be admitted now. Nothing is counted.
create function "check"(tenant text, account_id text, feature text, units bigint default 1)
returns table (
  allowed boolean, reason text, feature_key text, limit_key text, limit_units bigint, remaining bigint,
  reset_at timestamptz, retry_at timestamptz)
language plpgsql
security definer
set search_path from current
as $$
#variable_conflict use_variable
begin
  perform check_request(array[feature], array[units], null, null);
  return query
  -- No units taken off: what is left is told as it is now.
  select *
  from tell_decision(
    check_batch(tenant, null, array[account_id], array[feature], array[units]), array[feature], array[0]::bigint[]);
end
$$;

-- Refuses what the service's contract refuses too.
create function check_request(p_features text[], p_units bigint[], p_id text, p_properties jsonb) returns void
language plpgsql stable
as $$
begin
  if cardinality(p_features) is distinct from cardinality(p_units) or cardinality(p_features) not between 1 and 20 then
    raise exception 'name 1 to 20 features, and units for each' using errcode = 'invalid_parameter_value';
  elsif (select count(distinct f) < count(*) from unnest(p_features) as f) then
    raise exception 'a feature stands twice' using errcode = 'invalid_parameter_value';
  elsif (select bool_or(u is null or u not between 1 and 1000000000000) from unnest(p_units) as u) then
    raise exception 'units are whole numbers from 1 to 1000000000000' using errcode = 'invalid_parameter_value';
  elsif p_id !~ '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$' then
    raise exception 'an id has up to 128 letters, digits and ._:@-' using errcode = 'invalid_parameter_value';
  elsif jsonb_typeof(p_properties) <> 'object' then
    raise exception 'properties are a JSON object' using errcode = 'invalid_parameter_value';
  end if;
end
$$;
