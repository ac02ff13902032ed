-- How decisions of 0008 are recorded, and the short way for batches in which everything is admitted.

-- Whether rows of a type may be merged: every meter that reads it sums quantities.
create function merges_events(p_tenant text, p_type text) returns boolean
language plpgsql stable
as $$
begin
  return not exists (
    select from meter as m
    where m.tenant_id = p_tenant
      and m.event_type = p_type
      and (m.aggregation <> 'sum' or m.value_property is not null)
  );
end
$$;

-- Writes the raw rows of admitted items: one for each pair of account and feature where nothing tells requests apart
-- and every meter sums, otherwise one for each item. `p_skips` names requests that are not to be recorded, a null in
-- `p_types` a pair.
create function record_usage(
  p_tenant text, p_now timestamptz, p_accounts text[], p_features text[], p_types text[], p_ids text[],
  p_properties text[], p_hold_seconds integer[], p_hashes uuid[], p_skips boolean[], p_item_requests integer[],
  p_item_pairs integer[], p_item_units bigint[])
returns void
language plpgsql
as $$
declare
  v_batch bigint;
  v_merges boolean[];
  v_last_type text;
  v_last_merges boolean;
begin
  for v_pair in 1 .. cardinality(p_types) loop
    if p_types[v_pair] is null then
      v_merges[v_pair] := false;
      continue;
    elsif p_types[v_pair] is distinct from v_last_type then
      v_last_type := p_types[v_pair];
      v_last_merges := merges_events(p_tenant, v_last_type);
    end if;
    v_merges[v_pair] := v_last_merges;
  end loop;
  v_batch := nextval('ingest_batch_seq');
  insert into usage_event (
    tenant_id, source, event_id, type, subject, time, quantity, properties, batch, feature_key, request_hash)
  select p_tenant, 'consume', e.event_id, p_types[e.pair], p_accounts[e.pair], p_now, e.units, e.properties::jsonb,
    v_batch, p_features[e.pair], e.hash
  from (
    select format('=%s-%s', v_batch, i.pair) as event_id, i.pair, sum(i.units) as units, null as properties,
      null::uuid as hash
    from unnest(p_item_requests, p_item_pairs, p_item_units) as i (request, pair, units)
    where v_merges[i.pair]
      and p_ids[i.request] is null
      and p_properties[i.request] is null
      and p_skips[i.request] is not true
    group by i.pair
    union all
    -- The first row of a request bears its id; a further one, which no client can name, also its feature.
    select
      case
        when p_ids[i.request] is null then format('=%s.%s', v_batch, i.item)
        when i.item = 1 or p_item_requests[i.item - 1] <> i.request then p_ids[i.request]
        else p_ids[i.request] || '#' || p_features[i.pair]
      end,
      i.pair, i.units, p_properties[i.request], p_hashes[i.request]
    from unnest(p_item_requests, p_item_pairs, p_item_units) with ordinality as i (request, pair, units, item)
    where p_types[i.pair] is not null
      and not (v_merges[i.pair] and p_ids[i.request] is null and p_properties[i.request] is null)
      and p_skips[i.request] is not true
      and p_hold_seconds[i.request] is null
  ) as e
  order by e.event_id;
end
$$;

-- What tells a repeated request from another one with its id: a hash of account, features, units and properties.
create function hash_requests(
  p_accounts text[], p_features text[], p_ids text[], p_properties text[], p_item_requests integer[],
  p_item_pairs integer[], p_item_units bigint[])
returns table (request integer, hash uuid)
language plpgsql stable
as $$
begin
  return query
  select i.request, md5(
    p_accounts[min(i.pair)]
    || string_agg(format(E'\n%s %s', p_features[i.pair], i.units), '' order by p_features[i.pair] collate "C")
    || coalesce(E'\n' || p_properties[i.request]::jsonb::text, '')
  )::uuid as hash
  from unnest(p_item_requests, p_item_pairs, p_item_units) as i (request, pair, units)
  where p_ids[i.request] is not null
  group by i.request;
end
$$;

-- Takes units of each pair of account and feature from all counters of its limits that remember what holds for them
-- and have room, in their order, and writes one raw row for each pair that may be merged. A row is updated without a
-- lock before: whoever finds it changed looks again. The limits are told as in `batch_decision`.
create function take_units(
  p_tenant text, p_now timestamptz, p_accounts text[], p_features text[], p_units bigint[], p_merges boolean,
  out limit_pairs integer[], out limit_keys text[], out limit_units bigint[], out limit_used bigint[],
  out limit_soft boolean[], out limit_resets_at timestamptz[],
  -- By pair that has a counter: its number, type of raw rows, number of limits. And types that are not merged.
  out pairs integer[], out types text[], out limit_count bigint, out apart text[])
language plpgsql
as $$
#variable_conflict use_column
begin
  with apart as materialized (
    select coalesce(array_agg(distinct m.event_type), '{}') as types
    from meter as m
    where m.tenant_id = p_tenant
      and (m.aggregation <> 'sum' or m.value_property is not null)
  ), batch as materialized (
    select nextval('ingest_batch_seq') as number
  ), asked as materialized (
    select a.account_id, a.feature_key, a.units, a.pair::integer as pair
    from unnest(p_accounts, p_features, p_units) with ordinality as a (account_id, feature_key, units, pair)
    order by a.account_id collate "C", a.feature_key collate "C"
  ), counted as (
    update usage_counter as u
    set (window_start, window_end, used, bucket_ends, bucket_units, seen_at) = (
      select
        case when w.is_over then (w.turned).window_start else u.window_start end,
        case
          when w.seconds > 0 then least(w.ends[1], w.bucket_end) + w.seconds * interval '1 second'
          when w.is_over then (w.turned).window_end
          else u.window_end
        end,
        case when w.is_over then (w.turned).used else u.used end + a.units,
        case
          when w.seconds = 0 or w.last = w.bucket_end then w.ends
          when w.last > w.bucket_end then (with_bucket(w.ends, w.units, w.bucket_end, a.units)).ends
          else w.ends || w.bucket_end
        end,
        case
          when w.seconds = 0 then w.units
          when w.last = w.bucket_end then w.units[:cardinality(w.units) - 1] || (w.units[cardinality(w.units)] + a.units)
          when w.last > w.bucket_end then (with_bucket(w.ends, w.units, w.bucket_end, a.units)).units
          else w.units || a.units
        end,
        p_now
      from (
        select v.*, v.ends[cardinality(v.ends)] as last,
          case when v.seconds > 0 then bucket_end(v.seconds, p_now) end as bucket_end
        from (
          -- The counter with what has left its window taken off, where something has.
          select t.*, case when t.is_over then (t.turned).bucket_ends else u.bucket_ends end as ends,
            case when t.is_over then (t.turned).bucket_units else u.bucket_units end as units
          from (
            select p_now >= u.window_end as is_over,
              case when p_now >= u.window_end then turn_counter(u, u.spec, p_now) end as turned,
              rolling_seconds(u.spec) as seconds
            offset 0
          ) as t
        ) as v
        offset 0
      ) as w
    )
    from asked as a
    join entitled_account as r
      on r.tenant_id = p_tenant
      and r.account_id = a.account_id
    where u.tenant_id = p_tenant
      and u.account_id = a.account_id collate "C"
      and u.feature_key = a.feature_key collate "C"
      and u.policy_revision = r.revision
      and u.policy_until > p_now
      and u.seen_at <= p_now
      and (
        u.soft
        or a.units <= u.ceiling - u.used
        or (p_now >= u.window_end and a.units <= u.ceiling - (turn_counter(u, u.spec, p_now)).used)
      )
    returning a.pair, a.account_id, a.feature_key, a.units, u.limit_key, u.ceiling, u.used - a.units as used, u.soft,
      u.window_end, u.event_type, u.place, u.limit_count
  ), recorded as (
    insert into usage_event (
      tenant_id, source, event_id, type, subject, time, quantity, batch, feature_key)
    select p_tenant, 'consume', '=' || b.number || '-' || c.pair, c.event_type, c.account_id, p_now, c.units,
      b.number, c.feature_key
    from counted as c
    cross join batch as b
    where p_merges
      and c.place = 1
      and c.event_type <> all((select types from apart)::text[])
  )
  select array_agg(c.pair), array_agg(c.limit_key), array_agg(c.ceiling), array_agg(c.used), array_agg(c.soft),
    array_agg(c.window_end),
    coalesce(array_agg(c.pair) filter (where c.place = 1), '{}'),
    array_agg(c.event_type) filter (where c.place = 1),
    sum(c.limit_count) filter (where c.place = 1),
    (select types from apart)
  into limit_pairs, limit_keys, limit_units, limit_used, limit_soft, limit_resets_at, pairs, types, limit_count, apart
  from counted as c;
end
$$;

-- Types of the raw rows of pairs that have no counters, of which each must be entitled to its feature without limit;
-- otherwise raises PL002.
create function types_without_limits(p_tenant text, p_now timestamptz, p_accounts text[], p_features text[])
returns text[]
language plpgsql stable
as $$
declare
  v_limits limit_plan[] := read_limits(p_tenant, p_accounts, p_features, p_now);
  v_types text[];
begin
  for v_index in 1 .. cardinality(v_limits) loop
    if v_limits[v_index].limit_count = 0 then
      v_types[v_limits[v_index].pair] := v_limits[v_index].event_type;
    end if;
  end loop;
  if cardinality(array_remove(v_types, null)) is distinct from cardinality(p_accounts) then
    raise exception 'not everything is admitted' using errcode = 'PL002';
  end if;
  return v_types;
end
$$;

-- The same as `decide_usage` for a batch in which everything is admitted, in one pass over the counters, which
-- remember their limits. Raises PL002, so that nothing of it stays, when the bet is lost: something is refused, not
-- entitled, missing, not remembered, or was written later than this instant. Locks as `decide_usage`.
create function admit_all(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[], p_ids text[], p_properties text[],
  p_item_requests integer[], p_item_pairs integer[], p_item_units bigint[])
returns batch_decision
language plpgsql
as $$
declare
  d batch_decision;
  v_now timestamptz;
  v_taken record;
  v_merges boolean := p_ids is null and p_properties is null;
  v_pair_count integer := cardinality(p_accounts);
  v_types text[];
  v_free integer[];
  v_free_types text[];
  v_hashes uuid[];
  v_record record;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('metering.ingest:' || p_tenant, 0));
  v_now := coalesce(p_at, clock_timestamp());
  select * into v_taken
  from take_units(
    p_tenant, v_now, p_accounts, p_features,
    array(
      select sum(i.units)::bigint
      from unnest(p_item_pairs, p_item_units) as i (pair, units)
      group by i.pair
      order by i.pair
    ),
    v_merges);
  if v_taken.limit_count <> cardinality(v_taken.limit_pairs) then
    raise exception 'not everything is admitted' using errcode = 'PL002';
  end if;
  d.decided_at := v_now;
  d.limit_pairs := v_taken.limit_pairs;
  d.limit_keys := v_taken.limit_keys;
  d.limit_units := v_taken.limit_units;
  d.limit_used := v_taken.limit_used;
  d.limit_soft := v_taken.limit_soft;
  d.limit_resets_at := v_taken.limit_resets_at;
  if v_merges and cardinality(v_taken.pairs) = v_pair_count and not v_taken.types && v_taken.apart then
    return d;
  end if;

  v_types := array_fill(null::text, array[v_pair_count]);
  for v_index in 1 .. cardinality(v_taken.pairs) loop
    -- What is recorded already keeps a null.
    if not v_merges or v_taken.types[v_index] = any(v_taken.apart) then
      v_types[v_taken.pairs[v_index]] := v_taken.types[v_index];
    end if;
  end loop;
  if cardinality(v_taken.pairs) < v_pair_count then
    v_free := array(
      select n from generate_series(1, v_pair_count) as n where n <> all(v_taken.pairs) order by n);
    if v_free && v_taken.limit_pairs then
      raise exception 'not everything is admitted' using errcode = 'PL002';
    end if;
    v_free_types := types_without_limits(
      p_tenant, v_now, array(select p_accounts[n] from unnest(v_free) as n),
      array(select p_features[n] from unnest(v_free) as n));
    for v_index in 1 .. cardinality(v_free) loop
      v_types[v_free[v_index]] := v_free_types[v_index];
    end loop;
  end if;
  if p_ids is not null then
    for v_record in
      select h.request, h.hash
      from hash_requests(p_accounts, p_features, p_ids, p_properties, p_item_requests, p_item_pairs, p_item_units) as h
    loop
      v_hashes[v_record.request] := v_record.hash;
    end loop;
  end if;
  perform record_usage(
    p_tenant, v_now, p_accounts, p_features, v_types, p_ids, p_properties, null, v_hashes, null,
    p_item_requests, p_item_pairs, p_item_units);
  return d;
end
$$;
