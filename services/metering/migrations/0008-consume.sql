-- Decisions. `consume_batch` is the one logic: the service calls it, the functions for anyone stand on it. How usage is
-- recorded, and admitted without looking twice, is in 0012.

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

-- Takes reservations of these accounts and features that have run out off the locked counters of their limits, so
-- that their units can be admitted again.
create function take_back_expired(
  p_tenant text, p_counters usage_counter[], p_accounts text[], p_features text[], p_now timestamptz,
  out counters usage_counter[], out changed boolean)
language plpgsql
as $$
declare
  v_hold record;
begin
  counters := p_counters;
  changed := false;
  for v_hold in
    update hold as h
    set state = 'expired', closed_at = p_now
    from (
      select due.hold_id, due.feature_key
      from unnest(p_accounts, p_features) as asked (account_id, feature_key)
      cross join lateral (
        select open.hold_id, open.feature_key
        from hold as open
        where open.tenant_id = p_tenant
          and open.account_id = asked.account_id collate "C"
          and open.feature_key = asked.feature_key collate "C"
          and open.state = 'open'
          and open.kind = 'reservation'
          and open.expire_at <= p_now
        for update skip locked
      ) as due
    ) as due
    where h.tenant_id = p_tenant
      and h.hold_id = due.hold_id
      and h.feature_key = due.feature_key
    returning h.account_id, h.feature_key, h.units, h.counted_at
  loop
    changed := true;
    for v_index in 1 .. cardinality(counters) loop
      if counters[v_index].account_id = v_hold.account_id
        and counters[v_index].feature_key = v_hold.feature_key then
        counters[v_index] := without_units(
          counters[v_index], v_hold.counted_at, v_hold.counted_at, v_hold.units, p_now);
      end if;
    end loop;
  end loop;
end
$$;

-- Decides and records requests in their order. Request r names the pairs of account and feature of the items whose
-- `p_item_requests` is r; items stand in order of their request, a request names a pair once,
-- and each pair is named. All limits of all
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
