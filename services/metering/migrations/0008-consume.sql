-- Decisions. `consume_batch` is the one logic: the service calls it, the functions for anyone stand on it.

-- What became of a batch. Requests, pairs and limits are numbered from 1.
create type batch_decision as (
  decided_at timestamptz,
  -- Requests whose id was admitted before: nothing was counted again.
  repeated integer[],
  -- Requests whose id was admitted before with other content.
  mismatched integer[],
  -- Requests with an account and feature without entitlement, and these pairs.
  unentitled_requests integer[],
  unentitled_pairs integer[],
  -- Refusals: a row for each request and limit without room. `fits_at` is when the units will fit; null when never.
  refused_requests integer[],
  refused_limits integer[],
  refused_fits_at timestamptz[],
  -- The limits in sight, as they were before the batch.
  limit_pairs integer[],
  limit_keys text[],
  limit_units bigint[],
  limit_used bigint[],
  limit_soft boolean[],
  -- When the window turns; of a rolling one, when units come free next.
  limit_resets_at timestamptz[]
);

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

-- Decides and records requests in their order. Request r names the pairs of account and feature of the items whose
-- `p_item_requests` is r; items stand in order of their request, and a request names a pair once. All limits of all
-- items of a request have room, or none of it counts. Null arrays mean: no ids, no properties, nothing reserved.
-- `p_hold_seconds[r]`: the units are reserved for so long instead of recorded; the id names the reservation.
-- Locks: the tenant's ingest lock (shared), counters in their order, reservations that have run out.
create function decide_usage(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[],
  p_ids text[], p_properties text[], p_hold_seconds integer[],
  p_item_requests integer[], p_item_pairs integer[], p_item_units bigint[])
returns batch_decision
language plpgsql
as $$
declare
  d batch_decision;
  v_limits limit_plan[];
  v_counters usage_counter[];
  v_now timestamptz;
  v_limit limit_plan;
  v_count integer := 0;
  v_pair_count integer := cardinality(p_accounts);
  v_item_count integer := cardinality(p_item_requests);
  -- By pair: type of the raw rows (null without entitlement), limits from and to.
  v_types text[] := array_fill(null::text, array[v_pair_count]);
  v_from integer[] := array_fill(1, array[v_pair_count]);
  v_to integer[] := array_fill(0, array[v_pair_count]);
  -- By limit.
  v_limit_pairs integer[];
  v_limit_keys text[];
  v_limit_units bigint[];
  v_limit_soft boolean[];
  v_limit_used bigint[];
  v_limit_resets_at timestamptz[];
  v_rooms bigint[];
  v_sums bigint[];
  v_changed usage_counter[];
  v_changed_count integer := 0;
  -- By request: what its id and content are worth; whether it writes nothing, or holds.
  v_hashes uuid[];
  v_skips boolean[] := array_fill(false, array[p_item_requests[v_item_count]]);
  v_record record;
  v_request integer;
  v_all_fit boolean := true;
  v_any_admitted boolean := false;
  v_begin integer := 1;
  v_end integer;
  v_pair integer;
  v_fits boolean;
  v_last_spec text;
  v_seconds bigint;
  v_bucket_end timestamptz;
  v_refused_count integer := 0;
  v_refused_requests integer[];
  v_refused_limits integer[];
  v_unentitled_requests integer[];
  v_unentitled_pairs integer[];
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('metering.ingest:' || p_tenant, 0));
  v_limits := read_limits(p_tenant, p_accounts, p_features, coalesce(p_at, clock_timestamp()));
  v_counters := lock_counters(p_tenant, v_limits);
  v_now := instant_of_decision(p_at, v_counters);
  v_counters := turn_counters(v_counters, v_limits, v_now);
  d.decided_at := v_now;

  foreach v_limit in array v_limits loop
    v_pair := v_limit.pair;
    if v_limit.limit_key = '' then
      v_types[v_pair] := v_limit.event_type;
      v_from[v_pair] := v_count + 1;
    else
      v_count := v_count + 1;
      v_limit_pairs[v_count] := v_pair;
      v_limit_keys[v_count] := v_limit.limit_key;
      v_limit_units[v_count] := v_limit.units;
      v_limit_soft[v_count] := v_limit.soft;
      v_sums[v_count] := 0;
    end if;
    v_to[v_pair] := v_count;
  end loop;

  if p_ids is not null then
    for v_record in
      select r.request, r.hash, coalesce(e.request_hash, h.request_hash) as known
      from (
        select h.request, h.hash
        from hash_requests(p_accounts, p_features, p_ids, p_properties, p_item_requests, p_item_pairs, p_item_units) as h
      ) as r
      left join lateral (
        select u.request_hash
        from usage_event as u
        where u.tenant_id = p_tenant
          and u.source = 'consume'
          and u.event_id = p_ids[r.request]
          and p_hold_seconds[r.request] is null
        offset 0
      ) as e on true
      left join lateral (
        select held.request_hash
        from hold as held
        where held.tenant_id = p_tenant
          and held.hold_id = p_ids[r.request]
          and p_hold_seconds[r.request] is not null
        limit 1
      ) as h on true
    loop
      v_hashes[v_record.request] := v_record.hash;
      if v_record.known = v_record.hash then
        d.repeated := d.repeated || v_record.request;
        v_skips[v_record.request] := true;
      elsif v_record.known is not null then
        d.mismatched := d.mismatched || v_record.request;
        v_skips[v_record.request] := true;
      end if;
    end loop;
  end if;

  -- Everything may fit: then all requests are admitted at once.
  for v_record in
    select i.pair, sum(i.units) as units
    from unnest(p_item_requests, p_item_pairs, p_item_units) as i (request, pair, units)
    where not v_skips[i.request]
    group by i.pair
  loop
    v_any_admitted := true;
    v_pair := v_record.pair;
    if v_types[v_pair] is null then
      v_all_fit := false;
    end if;
    for v_index in v_from[v_pair] .. v_to[v_pair] loop
      v_sums[v_index] := v_record.units;
      if v_record.units > v_limit_units[v_index] - v_counters[v_index].used and not v_limit_soft[v_index] then
        v_all_fit := false;
      end if;
    end loop;
  end loop;

  if not v_all_fit then
    select t.counters, t.changed
    into v_counters, v_fits
    from take_back_expired(p_tenant, v_counters, p_accounts, p_features, v_now) as t;
    -- Taken back is for good, also when nothing is admitted now.
    if v_fits then
      perform write_counters(v_counters, v_now);
    end if;
  end if;
  for v_index in 1 .. v_count loop
    v_limit_used[v_index] := v_counters[v_index].used;
    v_rooms[v_index] := v_limit_units[v_index] - v_counters[v_index].used;
  end loop;

  -- Otherwise one by one, in order of arrival.
  if not v_all_fit then
    v_any_admitted := false;
    v_sums := array_fill(0::bigint, array[v_count]);
    while v_begin <= v_item_count loop
      v_request := p_item_requests[v_begin];
      v_fits := not v_skips[v_request];
      v_end := v_begin;
      while v_end <= v_item_count and p_item_requests[v_end] = v_request loop
        v_pair := p_item_pairs[v_end];
        if v_skips[v_request] then
          null;
        elsif v_types[v_pair] is null then
          v_fits := false;
          v_unentitled_requests := v_unentitled_requests || v_request;
          v_unentitled_pairs := v_unentitled_pairs || v_pair;
        else
          for v_index in v_from[v_pair] .. v_to[v_pair] loop
            if p_item_units[v_end] > v_rooms[v_index] - v_sums[v_index] and not v_limit_soft[v_index] then
              v_fits := false;
              v_refused_count := v_refused_count + 1;
              v_refused_requests[v_refused_count] := v_request;
              v_refused_limits[v_refused_count] := v_index;
            end if;
          end loop;
        end if;
        v_end := v_end + 1;
      end loop;
      if v_fits then
        v_any_admitted := true;
        for v_item in v_begin .. v_end - 1 loop
          v_pair := p_item_pairs[v_item];
          for v_index in v_from[v_pair] .. v_to[v_pair] loop
            v_sums[v_index] := v_sums[v_index] + p_item_units[v_item];
          end loop;
        end loop;
      else
        v_skips[v_request] := true;
      end if;
      v_begin := v_end;
    end loop;
  end if;

  for v_index in 1 .. v_count loop
    if v_sums[v_index] > 0 then
      if v_counters[v_index].spec is distinct from v_last_spec then
        v_last_spec := v_counters[v_index].spec;
        v_seconds := rolling_seconds(v_last_spec);
        v_bucket_end := case when v_seconds > 0 then bucket_end(v_seconds, v_now) end;
      end if;
      v_counters[v_index] := with_units(v_counters[v_index], v_seconds, v_bucket_end, v_sums[v_index]);
      v_changed_count := v_changed_count + 1;
      v_changed[v_changed_count] := v_counters[v_index];
    end if;
    v_limit_resets_at[v_index] := v_counters[v_index].window_end;
  end loop;
  d.unentitled_requests := v_unentitled_requests;
  d.unentitled_pairs := v_unentitled_pairs;
  d.refused_requests := v_refused_requests;
  d.refused_limits := v_refused_limits;
  d.limit_pairs := v_limit_pairs;
  d.limit_keys := v_limit_keys;
  d.limit_units := v_limit_units;
  d.limit_used := v_limit_used;
  d.limit_soft := v_limit_soft;
  d.limit_resets_at := v_limit_resets_at;
  if v_refused_count > 0 then
    d.refused_fits_at := fits_of_refusals(d, v_counters, p_item_requests, p_item_pairs, p_item_units);
  end if;
  if not v_any_admitted then
    return d;
  end if;

  perform write_counters(v_changed, v_now);
  if p_hold_seconds is not null then
    insert into hold (
      tenant_id, hold_id, feature_key, kind, state, account_id, event_type, units, recorded, properties, request_hash,
      counted_at, expire_at, sequence)
    select p_tenant, p_ids[i.request], p_features[i.pair], 'reservation', 'open', p_accounts[i.pair],
      v_types[i.pair], i.units, 0, p_properties[i.request]::jsonb, v_hashes[i.request],
      v_now, v_now + p_hold_seconds[i.request] * interval '1 second', 0
    from unnest(p_item_requests, p_item_pairs, p_item_units) as i (request, pair, units)
    where not v_skips[i.request]
      and p_hold_seconds[i.request] is not null
    order by p_ids[i.request], p_features[i.pair];
  end if;
  perform record_usage(
    p_tenant, v_now, p_accounts, p_features, v_types, p_ids, p_properties, p_hold_seconds, v_hashes, v_skips,
    p_item_requests, p_item_pairs, p_item_units);
  return d;
end
$$;

-- When the units of each refusal will fit, as the counters stand after the batch. Equal questions stand together
-- on a hot counter and are answered once.
create function fits_of_refusals(
  d batch_decision, p_counters usage_counter[], p_item_requests integer[], p_item_pairs integer[],
  p_item_units bigint[])
returns timestamptz[]
language plpgsql stable
as $$
declare
  v_fits timestamptz[];
  v_item integer := 1;
  v_limit integer;
  v_units bigint;
  v_last_limit integer;
  v_last_units bigint;
  v_last timestamptz;
begin
  for v_index in 1 .. cardinality(d.refused_requests) loop
    v_limit := d.refused_limits[v_index];
    while p_item_requests[v_item] < d.refused_requests[v_index]
      or p_item_pairs[v_item] <> d.limit_pairs[v_limit] loop
      v_item := v_item + 1;
    end loop;
    v_units := p_item_units[v_item];
    if v_limit is distinct from v_last_limit or v_units is distinct from v_last_units then
      v_last := fits_at(p_counters[v_limit], d.limit_units[v_limit], v_units, d.decided_at);
      v_last_limit := v_limit;
      v_last_units := v_units;
    end if;
    v_fits[v_index] := v_last;
  end loop;
  return v_fits;
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
        (w.turned).window_start,
        case
          when w.seconds = 0 then (w.turned).window_end
          else least(w.ends[1], w.bucket_end) + w.seconds * interval '1 second'
        end,
        (w.turned).used + a.units,
        case
          when w.seconds = 0 or w.last = w.bucket_end then w.ends
          when w.last > w.bucket_end then (with_bucket(w.ends, w.units, w.bucket_end, a.units)).ends
          else w.ends || w.bucket_end
        end,
        case
          when w.seconds = 0 then w.units
          when w.last = w.bucket_end then w.units[:w.count - 1] || (w.units[w.count] + a.units)
          when w.last > w.bucket_end then (with_bucket(w.ends, w.units, w.bucket_end, a.units)).units
          else w.units || a.units
        end,
        p_now
      from (
        select v.turned, v.seconds, (v.turned).bucket_ends as ends, (v.turned).bucket_units as units,
          cardinality((v.turned).bucket_ends) as count,
          (v.turned).bucket_ends[cardinality((v.turned).bucket_ends)] as last,
          case when v.seconds > 0 then bucket_end(v.seconds, p_now) end as bucket_end
        from (
          select
            case when p_now < u.window_end then u else turn_counter(u, u.spec, p_now) end as turned,
            rolling_seconds(u.spec) as seconds
          offset 0
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

-- `decide_usage` for the tenant, on counters that it makes when they are missing, and once more when another batch
-- recorded one of the ids at the same moment. `p_hopeful` bets first that all is admitted, which is cheaper.
create function consume_batch(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[],
  p_ids text[], p_properties text[], p_hold_seconds integer[],
  p_item_requests integer[], p_item_pairs integer[], p_item_units bigint[], p_hopeful boolean)
returns batch_decision
language plpgsql
set search_path from current
-- Plans are made once and kept: they reach every table by its key whatever it holds at the moment.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_attempts_left integer := 5;
  v_hopeful boolean := p_hopeful and p_hold_seconds is null;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  loop
    begin
      if v_hopeful then
        return admit_all(
          p_tenant, p_at, p_accounts, p_features, p_ids, p_properties, p_item_requests, p_item_pairs, p_item_units);
      end if;
      return decide_usage(
        p_tenant, p_at, p_accounts, p_features, p_ids, p_properties, p_hold_seconds, p_item_requests, p_item_pairs,
        p_item_units);
    exception
      when sqlstate 'PL001' then
        perform make_counters(
          p_tenant, read_limits(p_tenant, p_accounts, p_features, coalesce(p_at, clock_timestamp())));
      when sqlstate 'PL002' or unique_violation then
        v_hopeful := false;
    end;
    v_attempts_left := v_attempts_left - 1;
    if v_attempts_left = 0 then
      raise exception 'usage was recorded under the same id at the same moment' using errcode = '40001';
    end if;
  end loop;
end
$$;
