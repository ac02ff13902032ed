-- The parts of the database in decisions by counters elsewhere: the limits before, the usage log after; and counters
-- that are counted again from the log. Errors are those of 0014.

-- Microseconds since 1970; null for infinity.
create function micros_of(p_at timestamptz) returns bigint
language sql immutable parallel safe
return case when isfinite(p_at) then (extract(epoch from p_at) * 1000000)::bigint end;

create function instant_of_micros(p_micros bigint) returns timestamptz
language sql immutable parallel safe
return to_timestamp(0) + p_micros * interval '1 microsecond';

-- What whoever counts elsewhere needs to know to decide about a batch at an instant: the limits that hold, with their
-- windows, as a JSON array in the order of `read_limits`; and the requests whose id was recorded before.
-- A limit is told in `usage_counter` before it is counted for the first time, and when its window becomes
-- another: it counts from then on. Locks these rows, in their order.
create function prepare_decision(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[],
  p_ids text[], p_properties text[], p_item_requests integer[], p_item_pairs integer[], p_item_units bigint[],
  out limits json, out repeated integer[], out mismatched integer[])
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_limits limit_plan[];
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  v_limits := read_limits(p_tenant, p_accounts, p_features, p_at);
  insert into usage_counter as u (
    tenant_id, account_id, feature_key, limit_key, spec, spec_since, window_start, window_end, used, bucket_ends,
    bucket_units, seen_at, policy_revision, policy_until, ceiling, soft, event_type, place, limit_count)
  select p_tenant, l.account_id, l.feature_key, l.limit_key, l.spec, p_at, '-infinity', '-infinity', 0, '{}', '{}',
    '-infinity', 0, '-infinity', 0, false, '', 0, 0
  from unnest(v_limits) as l
  where l.limit_key <> ''
    and not exists (
      select from usage_counter as known
      where known.tenant_id = p_tenant
        and known.account_id = l.account_id collate "C"
        and known.feature_key = l.feature_key collate "C"
        and known.limit_key = l.limit_key collate "C"
        and known.spec = l.spec collate "C"
    )
  order by l.account_id collate "C", l.feature_key collate "C", l.limit_key collate "C"
  on conflict (tenant_id, account_id, feature_key, limit_key) do update
    -- A rolling window of another length keeps its units.
    set spec_since = case
        when rolling_seconds(u.spec) > 0 and rolling_seconds(excluded.spec) > 0 then u.spec_since
        else excluded.spec_since
      end,
      spec = excluded.spec
    where u.spec <> excluded.spec;
  limits := (
    select coalesce(json_agg(json_build_object(
      'pair', l.pair, 'limit_key', l.limit_key, 'units', l.units, 'soft', l.soft, 'spec', l.spec,
      'rolling_seconds', rolling_seconds(l.spec), 'window_start', micros_of(w.start_at),
      'window_end', micros_of(w.end_at), 'event_type', l.event_type, 'revision', l.revision,
      'until', micros_of(l.until_at))), '[]')
    from unnest(v_limits) as l
    -- Features have no window: any without bounds.
    cross join lateral limit_window(coalesce(l.spec, 'rolling 1'), p_at) as w
  );
  if p_ids is not null then
    select array_agg(r.request) filter (where r.same), array_agg(r.request) filter (where not r.same)
    into repeated, mismatched
    from (
      select h.request, e.request_hash is not distinct from h.hash as same
      from hash_requests(p_accounts, p_features, p_ids, p_properties, p_item_requests, p_item_pairs, p_item_units) as h
      join lateral (
        select u.request_hash
        from usage_event as u
        where u.tenant_id = p_tenant
          and u.source = 'consume'
          and u.event_id = p_ids[h.request]
        offset 0
      ) as e on true
    ) as r;
  end if;
end
$$;

-- Records what was admitted by counters elsewhere, in the epoch in which they counted it. With `p_revisions`, of each
-- pair's account, only if no account holds something else by now. Raises PL411, PL412, and a unique violation when one
-- of the ids was recorded before: then nothing of it stays. Locks: the tenant's ingest lock (shared).
create function record_admitted(
  p_tenant text, p_epoch uuid, p_now timestamptz, p_accounts text[], p_features text[], p_types text[],
  p_revisions bigint[], p_ids text[], p_properties text[], p_skips boolean[],
  p_item_requests integer[], p_item_pairs integer[], p_item_units bigint[])
returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_hashes uuid[];
  v_record record;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  perform enter_usage(p_tenant);
  if not exists (
    select from counter_home as h where h.tenant_id = p_tenant and h.home = 'redis' and h.epoch = p_epoch
  ) then
    raise exception 'the epoch is over' using errcode = 'PL411';
  end if;
  if exists (
    select
    from unnest(p_accounts, p_revisions) as a (account_id, revision)
    left join entitled_account as r
      on r.tenant_id = p_tenant
      and r.account_id = a.account_id
    where p_revisions is not null
      and r.revision is distinct from a.revision
  ) then
    raise exception 'an account holds something else' using errcode = 'PL412';
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
    p_tenant, p_now, p_accounts, p_features, p_types, p_ids, p_properties, null, v_hashes, p_skips,
    p_item_requests, p_item_pairs, p_item_units);
end
$$;

-- A counter of a limit as the rows of the usage log say, at an instant: the state that deciding by it would have left.
-- Units before `p_since` were counted by another window.
create function recount_limit(
  p_tenant text, p_account text, p_feature text, p_spec text, p_since timestamptz, p_at timestamptz,
  out window_start timestamptz, out window_end timestamptz, out used bigint, out bucket_ends timestamptz[],
  out bucket_units bigint[])
language plpgsql stable
as $$
declare
  v_seconds bigint := rolling_seconds(p_spec);
  v_length interval := v_seconds * interval '1 second';
begin
  if v_seconds = 0 then
    select w.start_at, w.end_at into window_start, window_end from limit_window(p_spec, p_at) as w;
    bucket_ends := '{}';
    bucket_units := '{}';
    select coalesce(sum(e.quantity), 0)::bigint
    into used
    from usage_event as e
    where e.tenant_id = p_tenant
      and e.subject = p_account
      and e.feature_key = p_feature
      and e.time >= greatest(window_start, p_since);
    return;
  end if;
  window_start := '-infinity';
  select coalesce(array_agg(b.ends order by b.ends), '{}'), coalesce(array_agg(b.units order by b.ends), '{}'),
    coalesce(sum(b.units), 0)::bigint, coalesce(min(b.ends) + v_length, 'infinity')
  into bucket_ends, bucket_units, used, window_end
  from (
    select bucket_end(v_seconds, e.time) as ends, sum(e.quantity)::bigint as units
    from usage_event as e
    where e.tenant_id = p_tenant
      and e.subject = p_account
      and e.feature_key = p_feature
      -- A bucket more than the window.
      and e.time >= greatest(p_at - v_length * 1.01, p_since)
    group by 1
  ) as b
  where b.ends + v_length > p_at;
end
$$;

-- Counters of the limits of pairs of account and feature, from the rows, as a JSON array. For whoever lost them.
create function recount_pairs(p_tenant text, p_at timestamptz, p_accounts text[], p_features text[])
returns json
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  return (
    select coalesce(json_agg(json_build_object(
      'pair', l.pair, 'limit_key', u.limit_key, 'spec', u.spec, 'rolling_seconds', rolling_seconds(u.spec),
      'since', micros_of(u.spec_since), 'window_start', micros_of(c.window_start),
      'window_end', micros_of(c.window_end), 'used', c.used,
      'bucket_ends', array(select micros_of(b.ends) from unnest(c.bucket_ends) with ordinality as b (ends, place) order by b.place),
      'bucket_units', c.bucket_units)), '[]')
    from unnest(p_accounts, p_features) with ordinality as l (account_id, feature_key, pair)
    join usage_counter as u
      on u.tenant_id = p_tenant
      and u.account_id = l.account_id collate "C"
      and u.feature_key = l.feature_key collate "C"
    cross join lateral recount_limit(p_tenant, u.account_id, u.feature_key, u.spec, u.spec_since, p_at) as c
    where u.spec <> ''
  );
end
$$;

-- Copies counters that are kept elsewhere into `usage_counter`, where they are looked at. `p_counters` is a JSON array
-- of objects with the columns of the counter; times are microseconds since 1970, null for infinity. An older state
-- than the one that is there is left out. Answers how many were copied. Raises PL410. Locks: the tenant's ingest lock
-- (shared), counters in their order.
create function copy_counters(p_tenant text, p_counters jsonb) returns bigint
language plpgsql
as $$
declare
  v_count bigint;
begin
  perform enter_usage(p_tenant);
  if not exists (select from counter_home as h where h.tenant_id = p_tenant and h.home = 'redis') then
    raise exception 'the counters of the tenant are kept elsewhere' using errcode = 'PL410';
  end if;
  with told as materialized (
    select c.account_id, c.feature_key, c.limit_key, c.spec, c.window_start, c.window_end, c.used, c.bucket_ends,
      c.bucket_units, c.seen_at
    from jsonb_to_recordset(p_counters) as c (
      account_id text, feature_key text, limit_key text, spec text, window_start bigint, window_end bigint,
      used bigint, bucket_ends bigint[], bucket_units bigint[], seen_at bigint)
  ), locked as materialized (
    select u.account_id, u.feature_key, u.limit_key
    from usage_counter as u
    join told as t
      on u.account_id = t.account_id collate "C"
      and u.feature_key = t.feature_key collate "C"
      and u.limit_key = t.limit_key collate "C"
    where u.tenant_id = p_tenant
    order by u.account_id, u.feature_key, u.limit_key
    for update of u
  )
  update usage_counter as u
  set window_start = coalesce(instant_of_micros(t.window_start), '-infinity'),
    window_end = coalesce(instant_of_micros(t.window_end), 'infinity'),
    used = t.used,
    bucket_ends = array(
      select instant_of_micros(b.ends) from unnest(t.bucket_ends) with ordinality as b (ends, place) order by b.place),
    bucket_units = t.bucket_units,
    seen_at = instant_of_micros(t.seen_at)
  from told as t
  join locked as l using (account_id, feature_key, limit_key)
  where u.tenant_id = p_tenant
    and u.account_id = t.account_id collate "C"
    and u.feature_key = t.feature_key collate "C"
    and u.limit_key = t.limit_key collate "C"
    and u.spec = t.spec collate "C"
    and u.seen_at < instant_of_micros(t.seen_at);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

-- Counts these counters from the rows. Locks them in their order.
create function recount_counters(p_tenant text, p_accounts text[], p_features text[], p_limit_keys text[])
returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  with locked as materialized (
    select u.account_id, u.feature_key, u.limit_key, u.spec, u.spec_since
    from unnest(p_accounts, p_features, p_limit_keys) as l (account_id, feature_key, limit_key)
    join usage_counter as u
      on u.tenant_id = p_tenant
      and u.account_id = l.account_id collate "C"
      and u.feature_key = l.feature_key collate "C"
      and u.limit_key = l.limit_key collate "C"
    where u.spec <> ''
    order by u.account_id, u.feature_key, u.limit_key
    for update of u
  )
  update usage_counter as u
  set window_start = c.window_start,
    window_end = c.window_end,
    used = c.used,
    bucket_ends = c.bucket_ends,
    bucket_units = c.bucket_units,
    seen_at = v_now,
    policy_until = '-infinity'
  from locked as l
  cross join lateral recount_limit(p_tenant, l.account_id, l.feature_key, l.spec, l.spec_since, v_now) as c
  where u.tenant_id = p_tenant
    and u.account_id = l.account_id
    and u.feature_key = l.feature_key
    and u.limit_key = l.limit_key;
end
$$;
