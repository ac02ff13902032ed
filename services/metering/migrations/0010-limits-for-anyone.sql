-- Looking without consuming, and the functions for anyone with a connection to this database: the same decisions,
-- with the same exactness, as through the service. Whoever may use the schema may call them:
--   grant usage on schema metering to your_application;

-- What limits say about units of each feature to each account, asked by itself, in one pass over the accounts: request
-- and pair number (a - 1) * features + f are about account a and feature f. No account and no feature stands twice.
-- The rules are those of `read_limits`.
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
  v_feature_count integer := cardinality(p_features);
  -- Numbers of the features: finding one in an array takes as long as the array is.
  v_places jsonb;
  v_pair integer;
  v_entitled boolean[];
  v_entitled_pairs integer[];
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  d.decided_at := coalesce(p_at, clock_timestamp());
  v_places := (
    select jsonb_object_agg(f.feature_key, f.place)
    from unnest(p_features) with ordinality as f (feature_key, place)
  );
  with shared as materialized (
    select (a.place - 1)::integer * v_feature_count + (v_places -> e.feature_key)::integer as pair, e.account_id,
      e.feature_key, e.limit_key, least(sum(e.units), 9007199254740991)::bigint as units, min(e.term) as term,
      bool_or(e.overage_allowed) as soft, bool_or(e.unlimited) as unlimited
    from unnest(p_accounts) with ordinality as a (account_id, place)
    join account_entitlement as e
      on e.tenant_id = p_tenant
      and e.account_id = a.account_id collate "C"
      and e.feature_key = any(p_features)
      and e.start_at <= d.decided_at
      and e.end_at > d.decided_at
    group by a.place, e.account_id, e.feature_key, e.limit_key
  ), lifted as materialized (
    select coalesce(array_agg(s.pair), '{}') as pairs from shared as s where s.unlimited
  ), limits as (
    select l.pair, l.limit_key, l.units, l.soft, l.term, l.account_id, l.feature_key, substr(l.term, 22) as spec,
      p_units[(l.pair - 1) % v_feature_count + 1] as asked
    from shared as l
    where l.limit_key <> ''
      and l.term is not null
      and l.pair <> all((select pairs from lifted)::integer[])
  ), windows as materialized (
    -- Of limits that have no counter yet.
    select n.spec, w.end_at
    from (select distinct l.spec from limits as l) as n
    cross join lateral limit_window(n.spec, d.decided_at) as w
  ), standings as (
    select l.pair, l.limit_key, l.units, l.soft, l.asked, c.counter, coalesce((c.counter).used, 0) as used,
      coalesce((c.counter).window_end, w.end_at) as resets_at,
      l.asked > l.units - coalesce((c.counter).used, 0) and not l.soft as refused, row_number() over (order by l.pair, l.limit_key) as number
    from limits as l
    join windows as w on w.spec = l.spec
    left join lateral (
      select case
        when u.spec = l.spec and d.decided_at < u.window_end then u
        else turn_counter(u, l.spec, d.decided_at)
      end as counter
      from usage_counter as u
      where u.tenant_id = p_tenant
        and u.account_id = l.account_id
        and u.feature_key = l.feature_key
        and u.limit_key = l.limit_key
      offset 0
    ) as c on true
  )
  select
    (select array_agg(s.pair) from shared as s where s.limit_key = ''),
    array_agg(s.pair), array_agg(s.limit_key), array_agg(s.units), array_agg(s.used), array_agg(s.soft),
    array_agg(s.resets_at), array_agg(s.pair) filter (where s.refused),
    array_agg(s.number) filter (where s.refused),
    array_agg(fits_at(s.counter, s.units, s.asked, d.decided_at)) filter (where s.refused)
  into v_entitled_pairs, d.limit_pairs, d.limit_keys, d.limit_units, d.limit_used, d.limit_soft, d.limit_resets_at,
    d.refused_requests, d.refused_limits, d.refused_fits_at
  from standings as s;
  v_entitled := array_fill(false, array[cardinality(p_accounts) * v_feature_count]);
  foreach v_pair in array coalesce(v_entitled_pairs, '{}') loop
    v_entitled[v_pair] := true;
  end loop;
  for v_index in 1 .. cardinality(v_entitled) loop
    if not v_entitled[v_index] then
      d.unentitled_pairs := d.unentitled_pairs || v_index;
    end if;
  end loop;
  d.unentitled_requests := d.unentitled_pairs;
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
