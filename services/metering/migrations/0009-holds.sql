-- Units that are counted before they are used: reservations and leases. Errors:
--   PL400 the request contradicts the hold     PL404 there is no such hold     PL409 the hold has ended otherwise
-- Locks, in this order everywhere: the tenant's ingest lock (shared), counters in their order, holds.

-- The limits of one account's features, and their counters under lock, turned to now. Makes missing counters.
create function open_counters(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[],
  out limits limit_plan[], out counters usage_counter[], out now_at timestamptz)
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('metering.ingest:' || p_tenant, 0));
  limits := read_limits(p_tenant, p_accounts, p_features, coalesce(p_at, clock_timestamp()));
  loop
    begin
      counters := lock_counters(p_tenant, limits);
      exit;
    exception when sqlstate 'PL001' then
      perform make_counters(p_tenant, limits);
    end;
  end loop;
  now_at := instant_of_decision(p_at, counters);
  counters := turn_counters(counters, limits, now_at);
end
$$;

-- Writes raw rows of held units. Null units are left out.
create function record_held(
  p_tenant text, p_source text, p_ids text[], h hold, p_times timestamptz[], p_units bigint[]) returns void
language plpgsql
as $$
declare
  v_batch bigint := nextval('ingest_batch_seq');
begin
  insert into usage_event (
    tenant_id, source, event_id, type, subject, time, quantity, properties, batch, feature_key)
  select p_tenant, p_source, r.id, h.event_type, h.account_id, r.time, r.units, h.properties, v_batch, h.feature_key
  from unnest(p_ids, p_times, p_units) as r (id, time, units)
  where r.units > 0
  order by r.id;
end
$$;

-- Ends a reservation: records the units that were used, up to those reserved as of the moment of the reservation,
-- more of them as of now and only as far as the limits have room (all of them where overage is allowed); gives the
-- rest back. Features that are not named used nothing. A reservation that has run out counts as none: everything is
-- decided now. Committing again with the same units answers the same.
create function commit_hold(
  p_tenant text, p_at timestamptz, p_hold_id text, p_features text[], p_units bigint[])
returns table (feature_key text, reserved_units bigint, recorded_units bigint, refused_units bigint)
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
  v_features text[];
  v_account text;
  v_open record;
  v_counters usage_counter[];
  v_hold hold;
  v_asked bigint;
  v_base bigint;
  v_extra bigint;
  v_room bigint;
  v_entitled boolean;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  select array_agg(h.feature_key order by h.feature_key), min(h.account_id)
  into v_features, v_account
  from hold as h
  where h.tenant_id = p_tenant
    and h.hold_id = p_hold_id
    and h.kind = 'reservation';
  if v_features is null then
    raise exception 'there is no such reservation' using errcode = 'PL404';
  elsif not p_features <@ v_features then
    raise exception 'a feature was not reserved' using errcode = 'PL400';
  end if;
  select * into v_open
  from open_counters(p_tenant, p_at, array_fill(v_account, array[cardinality(v_features)]), v_features);
  v_counters := v_open.counters;
  for v_hold in
    select h.*
    from hold as h
    where h.tenant_id = p_tenant
      and h.hold_id = p_hold_id
    order by h.feature_key
    for update
  loop
    v_asked := coalesce(p_units[array_position(p_features, v_hold.feature_key)], 0);
    if v_hold.state = 'closed' then
      if v_hold.asked <> v_asked then
        raise exception 'the reservation has ended with other units' using errcode = 'PL409';
      end if;
      return query select v_hold.feature_key, v_hold.units, v_hold.recorded, v_asked - v_hold.recorded;
      continue;
    end if;
    v_base := case when v_hold.state = 'open' and v_hold.expire_at > v_open.now_at then v_hold.units else 0 end;
    v_entitled := exists (
      select from unnest(v_open.limits) as l where l.feature_key = v_hold.feature_key);
    v_extra := case when v_entitled then greatest(v_asked - v_base, 0) else 0 end;
    for v_index in 1 .. cardinality(v_counters) loop
      continue when v_counters[v_index].feature_key <> v_hold.feature_key;
      if v_hold.state = 'open' and v_hold.units > least(v_asked, v_base) then
        v_counters[v_index] := without_units(
          v_counters[v_index], v_hold.counted_at, v_hold.counted_at, v_hold.units - least(v_asked, v_base),
          v_open.now_at);
      end if;
      select l.units - v_counters[v_index].used
      into v_room
      from unnest(v_open.limits) as l
      where l.feature_key = v_hold.feature_key
        and l.limit_key = v_counters[v_index].limit_key
        and not l.soft;
      v_extra := greatest(least(v_extra, v_room), 0);
    end loop;
    v_counters := count_units(v_counters, v_hold.feature_key, v_open.now_at, v_extra);
    perform record_held(
      p_tenant, 'reservation',
      array[p_hold_id || '#' || v_hold.feature_key, p_hold_id || '#' || v_hold.feature_key || '#excess'],
      v_hold, array[v_hold.counted_at, v_open.now_at], array[least(v_asked, v_base), v_extra]);
    update hold as h
    set state = 'closed', asked = v_asked, recorded = least(v_asked, v_base) + v_extra, closed_at = v_open.now_at
    where h.tenant_id = p_tenant
      and h.hold_id = p_hold_id
      and h.feature_key = v_hold.feature_key;
    return query
    select v_hold.feature_key, v_hold.units, least(v_asked, v_base) + v_extra,
      v_asked - least(v_asked, v_base) - v_extra;
  end loop;
  perform write_counters(v_counters, v_open.now_at);
end
$$;

-- Counters with units put into those of a feature, at an instant.
create function count_units(p_counters usage_counter[], p_feature text, p_at timestamptz, p_units bigint)
returns usage_counter[]
language plpgsql stable
as $$
declare
  v_seconds bigint;
begin
  if p_units > 0 then
    for v_index in 1 .. cardinality(p_counters) loop
      continue when p_counters[v_index].feature_key <> p_feature;
      v_seconds := rolling_seconds(p_counters[v_index].spec);
      p_counters[v_index] := with_units(
        p_counters[v_index], v_seconds, case when v_seconds > 0 then bucket_end(v_seconds, p_at) end, p_units);
    end loop;
  end if;
  return p_counters;
end
$$;

-- Gives back reservations of the tenant that have run out, up to 500 accounts and features at once; answers how many
-- of these were looked at.
create function sweep_holds(p_tenant text, p_at timestamptz) returns integer
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_accounts text[];
  v_features text[];
  v_open record;
  v_back record;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  select array_agg(due.account_id), array_agg(due.feature_key)
  into v_accounts, v_features
  from (
    select distinct h.account_id, h.feature_key
    from hold as h
    where h.tenant_id = p_tenant
      and h.state = 'open'
      and h.kind = 'reservation'
      and h.expire_at <= coalesce(p_at, clock_timestamp())
    limit 500
  ) as due;
  if v_accounts is null then
    return 0;
  end if;
  select * into v_open from open_counters(p_tenant, p_at, v_accounts, v_features);
  select * into v_back
  from take_back_expired(p_tenant, v_open.counters, v_accounts, v_features, v_open.now_at);
  perform write_counters(v_back.counters, v_open.now_at);
  return cardinality(v_accounts);
end
$$;

-- What became of a request for a lease.
create type lease_grant as (
  -- granted, limit_exceeded, feature_not_entitled or mismatched
  verdict text,
  units bigint,
  decided_at timestamptz,
  expire_at timestamptz,
  -- The limit with the least room: its units, what was left before the grant, when it turns, when one unit fits.
  limit_key text,
  limit_units bigint,
  limit_room bigint,
  resets_at timestamptz,
  fits_at timestamptz
);

-- Lends units to a node that decides by itself: at most an eighth of what is left, at least one. They count at once;
-- in a rolling window at the end of the lease, the latest moment at which they may be used. A lease ends with every
-- window that has an end, and lasts at most a tenth of a rolling one (but a second). The same id answers the same.
create function borrow_usage(
  p_tenant text, p_at timestamptz, p_lease_id text, p_account text, p_feature text, p_units bigint,
  p_seconds integer, p_properties jsonb)
returns lease_grant
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  g lease_grant;
  v_hash uuid := md5(concat_ws(E'\n', p_account, p_feature, p_units, p_seconds, p_properties))::uuid;
  v_known hold;
  v_open record;
  v_back record;
  v_counters usage_counter[];
  v_limit limit_plan;
  v_type text;
  v_index integer;
  v_tightest integer;
  v_seconds bigint;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  select * into v_open from open_counters(p_tenant, p_at, array[p_account], array[p_feature]);
  g.decided_at := v_open.now_at;
  select * into v_known from hold as h where h.tenant_id = p_tenant and h.hold_id = p_lease_id;
  if found then
    g.verdict := case when v_known.request_hash = v_hash then 'granted' else 'mismatched' end;
    g.units := v_known.units;
    g.expire_at := v_known.expire_at;
    return g;
  end if;
  v_counters := v_open.counters;
  for v_attempt in 1 .. 2 loop
    v_index := 0;
    v_tightest := null;
    g.units := p_units;
    g.limit_room := null;
    g.expire_at := v_open.now_at + p_seconds * interval '1 second';
    foreach v_limit in array v_open.limits loop
      if v_limit.limit_key = '' then
        v_type := v_limit.event_type;
        continue;
      end if;
      v_index := v_index + 1;
      v_seconds := rolling_seconds(v_limit.spec);
      g.expire_at := least(
        g.expire_at,
        case
          when v_seconds > 0 then v_open.now_at + greatest(v_seconds / 10, 1) * interval '1 second'
          else v_counters[v_index].window_end
        end);
      if not v_limit.soft
        and (g.limit_room is null or v_limit.units - v_counters[v_index].used < g.limit_room) then
        v_tightest := v_index;
        g.limit_key := v_limit.limit_key;
        g.limit_units := v_limit.units;
        g.limit_room := v_limit.units - v_counters[v_index].used;
      end if;
    end loop;
    exit when v_type is null or v_tightest is null or g.limit_room > 0 or v_attempt = 2;
    select * into v_back
    from take_back_expired(p_tenant, v_counters, array[p_account], array[p_feature], v_open.now_at);
    exit when not v_back.changed;
    v_counters := v_back.counters;
    perform write_counters(v_counters, v_open.now_at);
  end loop;
  if v_type is null then
    g.verdict := 'feature_not_entitled';
    return g;
  end if;
  if v_tightest is not null then
    g.resets_at := v_counters[v_tightest].window_end;
    if g.limit_room <= 0 then
      g.verdict := 'limit_exceeded';
      g.fits_at := fits_at(v_counters[v_tightest], g.limit_units, 1, v_open.now_at);
      return g;
    end if;
    g.units := least(p_units, greatest(g.limit_room / 8, 1));
  end if;
  g.verdict := 'granted';
  v_counters := count_units(v_counters, p_feature, g.expire_at, g.units);
  perform write_counters(v_counters, v_open.now_at);
  insert into hold (
    tenant_id, hold_id, feature_key, kind, state, account_id, event_type, units, recorded, properties, request_hash,
    counted_at, expire_at, sequence)
  values (
    p_tenant, p_lease_id, p_feature, 'lease', 'open', p_account, v_type, g.units, 0, p_properties, v_hash,
    v_open.now_at, g.expire_at, 0);
  return g;
end
$$;

-- Records what a lease has used so far, as of now, at the latest of the end of the lease. A report whose number is
-- not greater than the last one's changes nothing. With `p_final` the rest is given back and the lease ends. The
-- units of a lease that never reports stay counted until their window has passed: its node may have used them.
create function report_lease(
  p_tenant text, p_at timestamptz, p_lease_id text, p_sequence bigint, p_used bigint, p_final boolean,
  out recorded_units bigint, out open boolean)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_hold hold;
  v_open record;
  v_counters usage_counter[];
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  select h.* into v_hold
  from hold as h
  where h.tenant_id = p_tenant
    and h.hold_id = p_lease_id
    and h.kind = 'lease';
  if not found then
    raise exception 'there is no such lease' using errcode = 'PL404';
  end if;
  select * into v_open from open_counters(p_tenant, p_at, array[v_hold.account_id], array[v_hold.feature_key]);
  select h.* into v_hold
  from hold as h
  where h.tenant_id = p_tenant
    and h.hold_id = p_lease_id
  for update;
  recorded_units := v_hold.recorded;
  open := v_hold.state = 'open';
  if p_sequence <= v_hold.sequence then
    return;
  elsif not open then
    raise exception 'the lease has ended' using errcode = 'PL409';
  elsif p_used < v_hold.recorded or p_used > v_hold.units then
    raise exception 'a lease uses no less than it reported and no more than it was granted' using errcode = 'PL400';
  end if;
  perform record_held(
    p_tenant, 'lease', array[p_lease_id || '#' || p_sequence], v_hold,
    array[greatest(least(v_open.now_at, v_hold.expire_at - interval '1 microsecond'), v_hold.counted_at)],
    array[p_used - v_hold.recorded]);
  if p_final and p_used < v_hold.units then
    v_counters := v_open.counters;
    for v_index in 1 .. cardinality(v_counters) loop
      v_counters[v_index] := without_units(
        v_counters[v_index], v_hold.counted_at, v_hold.expire_at, v_hold.units - p_used, v_open.now_at);
    end loop;
    perform write_counters(v_counters, v_open.now_at);
  end if;
  update hold as h
  set recorded = p_used,
    sequence = p_sequence,
    state = case when p_final then 'closed' else h.state end,
    closed_at = case when p_final then v_open.now_at end
  where h.tenant_id = p_tenant
    and h.hold_id = p_lease_id;
  recorded_units := p_used;
  open := not p_final;
end
$$;
