-- What decisions are made of: the limits that hold for an account, and counters under lock.

-- One limit of the account and feature number `pair`, its shares added up; with an empty key the feature itself.
create type limit_plan as (
  pair integer,
  account_id text,
  feature_key text,
  limit_key text,
  -- Units in each window.
  units bigint,
  -- Whether units beyond are admitted.
  soft boolean,
  spec text,
  -- Of the feature, as are all that follow.
  event_type text,
  admits_on_outage boolean,
  -- Number of its limits, and the place of this one among them, from 1.
  limit_count integer,
  place integer,
  -- All this holds while the account is at this revision, to before this instant.
  revision bigint,
  until_at timestamptz
);

-- The limits of pairs of account and feature, at an instant, in the order in which counters are locked. A pair
-- without rows is not entitled. A limit has the window of the subscription that began first. A subscription that
-- puts no limit on the feature lifts those of the others.
create function read_limits(p_tenant text, p_accounts text[], p_features text[], p_at timestamptz)
returns limit_plan[]
language plpgsql stable
as $$
begin
  return (
    with shared as (
      select a.pair, a.account_id, a.feature_key, e.limit_key,
        least(sum(e.units) filter (where e.start_at <= p_at), 9007199254740991)::bigint as units,
        min(e.term) filter (where e.start_at <= p_at) as term,
        bool_or(e.overage_allowed) filter (where e.start_at <= p_at) as soft,
        bool_or(e.admits_on_outage) filter (where e.start_at <= p_at) as admits_on_outage,
        bool_or(e.unlimited) filter (where e.start_at <= p_at) as unlimited,
        min(case when e.start_at <= p_at then e.end_at else e.start_at end) as until_at,
        min(r.revision) as revision
      from unnest(p_accounts, p_features) with ordinality as a (account_id, feature_key, pair)
      join entitled_account as r
        on r.tenant_id = p_tenant
        and r.account_id = a.account_id
      join account_entitlement as e
        on e.tenant_id = p_tenant
        and e.account_id = a.account_id collate "C"
        and e.feature_key = a.feature_key collate "C"
        and e.end_at > p_at
      group by a.pair, a.account_id, a.feature_key, e.limit_key
    ), told as (
      select s.*,
        max(substr(s.term, 22)) filter (where s.limit_key = '') over feature as event_type,
        bool_or(s.unlimited) over feature as lifted,
        min(s.until_at) over feature as feature_until_at,
        count(*) filter (where s.limit_key <> '' and s.term is not null) over feature as limit_count,
        count(*) filter (where s.limit_key <> '' and s.term is not null)
          over (partition by s.pair order by s.limit_key) as place
      from shared as s
      window feature as (partition by s.pair)
    )
    select coalesce(
      array_agg(
        row(
          t.pair, t.account_id, t.feature_key, t.limit_key, t.units, t.soft,
          case when t.limit_key <> '' then substr(t.term, 22) end, t.event_type, t.admits_on_outage,
          case when t.lifted then 0 else t.limit_count end, t.place, t.revision, t.feature_until_at
        )::limit_plan
        order by t.account_id collate "C", t.feature_key collate "C", t.limit_key
      ),
      '{}')
    from told as t
    where t.term is not null
      and t.event_type is not null
      and (t.limit_key = '' or not t.lifted)
  );
end
$$;

-- Locks the counters of the limits, one after the other in their order, and answers the rows as they are then, in
-- the same order. Raises PL001 when one is missing.
create function lock_counters(p_tenant text, p_limits limit_plan[]) returns usage_counter[]
language plpgsql
as $$
declare
  v_counters usage_counter[];
  v_found bigint;
  v_wanted bigint;
begin
  select coalesce(array_agg(c.counter), '{}'), count(c.counter), count(*)
  into v_counters, v_found, v_wanted
  from unnest(p_limits) with ordinality as l
  left join lateral (
    select u::usage_counter as counter
    from usage_counter as u
    where u.tenant_id = p_tenant
      and u.account_id = l.account_id collate "C"
      and u.feature_key = l.feature_key collate "C"
      and u.limit_key = l.limit_key collate "C"
    for update
  ) as c on true
  where l.limit_key <> '';
  if v_found < v_wanted then
    raise exception 'a counter is missing' using errcode = 'PL001';
  end if;
  return v_counters;
end
$$;

-- Makes the counters of the limits that are missing, in the order in which they are locked. Nothing may be locked
-- yet: whoever waits here holds no counter that somebody waits for.
create function make_counters(p_tenant text, p_limits limit_plan[]) returns void
language plpgsql
as $$
begin
  insert into usage_counter (
    tenant_id, account_id, feature_key, limit_key, spec, spec_since, window_start, window_end, used, bucket_ends,
    bucket_units, seen_at, policy_revision, policy_until, ceiling, soft, event_type, place, limit_count)
  select p_tenant, l.account_id, l.feature_key, l.limit_key, '', '-infinity', '-infinity', '-infinity', 0, '{}', '{}',
    '-infinity', 0, '-infinity', 0, false, '', 0, 0
  from unnest(p_limits) as l
  where l.limit_key <> ''
  order by l.account_id collate "C", l.feature_key collate "C", l.limit_key collate "C"
  on conflict (tenant_id, account_id, feature_key, limit_key) do nothing;
end
$$;

-- The counter as it stands at an instant under a window. Another window begins to count from nothing; of rolling
-- ones, a new length keeps the units: each bucket ends where one of the new width does, never earlier.
create function turn_counter(c usage_counter, p_spec text, p_at timestamptz) returns usage_counter
language plpgsql stable
as $$
declare
  v_seconds bigint := rolling_seconds(p_spec);
  v_length interval := v_seconds * interval '1 second';
  v_count integer := cardinality(c.bucket_ends);
  v_gone integer := 0;
begin
  if c.spec = p_spec and p_at >= c.window_start and p_at < c.window_end then
    return c;
  end if;
  if v_seconds > 0 and c.spec = p_spec then
    while v_gone < v_count and c.bucket_ends[v_gone + 1] + v_length <= p_at loop
      v_gone := v_gone + 1;
      c.used := c.used - c.bucket_units[v_gone];
    end loop;
    c.bucket_ends := c.bucket_ends[v_gone + 1:];
    c.bucket_units := c.bucket_units[v_gone + 1:];
    c.window_end := coalesce(c.bucket_ends[1] + v_length, 'infinity');
    return c;
  end if;
  if v_seconds = 0 then
    select w.start_at, w.end_at into c.window_start, c.window_end from limit_window(p_spec, p_at) as w;
    c.used := 0;
    c.bucket_ends := '{}';
    c.bucket_units := '{}';
  else
    select coalesce(array_agg(b.ends order by b.ends), '{}'), coalesce(array_agg(b.units order by b.ends), '{}'),
      coalesce(sum(b.units), 0)::bigint, coalesce(min(b.ends) + v_length, 'infinity')
    into c.bucket_ends, c.bucket_units, c.used, c.window_end
    from (
      select bucket_end(v_seconds, old.ends - interval '1 microsecond') as ends, sum(old.units)::bigint as units
      from unnest(c.bucket_ends, c.bucket_units) as old (ends, units)
      where rolling_seconds(c.spec) > 0
      group by 1
    ) as b
    where b.ends + v_length > p_at;
    c.window_start := '-infinity';
  end if;
  if c.spec <> p_spec then
    c.spec := p_spec;
    c.spec_since := p_at;
  end if;
  return c;
end
$$;

-- Bucket arrays of a rolling window with units put in at an instant, wherever it lies among the others.
create function with_bucket(
  p_ends timestamptz[], p_units bigint[], p_end timestamptz, p_add bigint,
  out ends timestamptz[], out units bigint[])
language sql immutable
as $$
  select array_agg(b.ends order by b.ends), array_agg(b.units order by b.ends)
  from (
    select old.ends, sum(old.units)::bigint as units
    from (
      select * from unnest(p_ends, p_units) as u (ends, units)
      union all
      select p_end, p_add
    ) as old
    group by old.ends
  ) as b
$$;

-- The counter with units put in; of a rolling window of `p_seconds`, into the bucket that ends at `p_end`, which may
-- lie ahead (the end of a lease).
create function with_units(c usage_counter, p_seconds bigint, p_end timestamptz, p_units bigint)
returns usage_counter
language plpgsql stable
as $$
declare
  v_count integer;
begin
  c.used := c.used + p_units;
  if p_seconds = 0 then
    return c;
  end if;
  v_count := cardinality(c.bucket_ends);
  if v_count > 0 and c.bucket_ends[v_count] = p_end then
    c.bucket_units[v_count] := c.bucket_units[v_count] + p_units;
    return c;
  elsif v_count = 0 or c.bucket_ends[v_count] < p_end then
    c.bucket_ends := c.bucket_ends || p_end;
    c.bucket_units := c.bucket_units || p_units;
  else
    select b.ends, b.units
    into c.bucket_ends, c.bucket_units
    from with_bucket(c.bucket_ends, c.bucket_units, p_end, p_units) as b;
  end if;
  c.window_end := c.bucket_ends[1] + p_seconds * interval '1 second';
  return c;
end
$$;

-- The counter, turned to now, with units given back that were counted at `p_counted_at`, in the bucket of
-- `p_bucket_at`. Units of another window, or counted before the window of the limit was changed, are not there any
-- more and stay away: what is given back was counted.
create function without_units(
  c usage_counter, p_counted_at timestamptz, p_bucket_at timestamptz, p_units bigint, p_now timestamptz)
returns usage_counter
language plpgsql stable
as $$
declare
  v_seconds bigint := rolling_seconds(c.spec);
  v_left bigint := p_units;
  v_taken bigint;
  v_index integer := 1;
begin
  if p_counted_at < c.spec_since or p_counted_at < c.window_start then
    return c;
  end if;
  if v_seconds = 0 then
    c.used := c.used - p_units;
    return c;
  end if;
  if bucket_end(v_seconds, p_bucket_at) + v_seconds * interval '1 second' <= p_now then
    return c;
  end if;
  while v_left > 0 and v_index <= cardinality(c.bucket_ends) loop
    if c.bucket_ends[v_index] > p_bucket_at then
      v_taken := least(v_left, c.bucket_units[v_index]);
      c.bucket_units[v_index] := c.bucket_units[v_index] - v_taken;
      c.used := c.used - v_taken;
      v_left := v_left - v_taken;
    end if;
    v_index := v_index + 1;
  end loop;
  select coalesce(array_agg(b.ends order by b.ends), '{}'), coalesce(array_agg(b.units order by b.ends), '{}'),
    coalesce(min(b.ends) + v_seconds * interval '1 second', 'infinity')
  into c.bucket_ends, c.bucket_units, c.window_end
  from unnest(c.bucket_ends, c.bucket_units) as b (ends, units)
  where b.units > 0;
  return c;
end
$$;

-- When units will fit below a ceiling if nothing else is admitted: now or later; null when never.
create function fits_at(c usage_counter, p_ceiling bigint, p_units bigint, p_now timestamptz) returns timestamptz
language plpgsql stable
as $$
declare
  v_seconds bigint := rolling_seconds(c.spec);
  v_needed bigint := p_units - (p_ceiling - c.used);
begin
  if p_units > p_ceiling then
    return null;
  elsif v_needed <= 0 then
    return p_now;
  elsif v_seconds = 0 then
    return c.window_end;
  end if;
  for v_index in 1 .. cardinality(c.bucket_ends) loop
    v_needed := v_needed - c.bucket_units[v_index];
    if v_needed <= 0 then
      return c.bucket_ends[v_index] + v_seconds * interval '1 second';
    end if;
  end loop;
  return p_now;
end
$$;

-- Writes locked counters back.
create function write_counters(p_counters usage_counter[], p_now timestamptz) returns void
language plpgsql
as $$
begin
  update usage_counter as u
  set spec = c.spec,
    spec_since = c.spec_since,
    window_start = c.window_start,
    window_end = c.window_end,
    used = c.used,
    bucket_ends = c.bucket_ends,
    bucket_units = c.bucket_units,
    seen_at = p_now,
    policy_revision = c.policy_revision,
    policy_until = c.policy_until,
    ceiling = c.ceiling,
    soft = c.soft,
    event_type = c.event_type,
    place = c.place,
    limit_count = c.limit_count
  from unnest(p_counters) as c
  where u.tenant_id = c.tenant_id
    and u.account_id = c.account_id
    and u.feature_key = c.feature_key
    and u.limit_key = c.limit_key;
end
$$;

-- The instant of a decision on locked counters: the clock of the database, never behind what a counter has seen.
create function instant_of_decision(p_at timestamptz, p_counters usage_counter[]) returns timestamptz
language plpgsql volatile
as $$
declare
  v_now timestamptz := coalesce(p_at, clock_timestamp());
begin
  for v_index in 1 .. cardinality(p_counters) loop
    v_now := greatest(v_now, p_counters[v_index].seen_at);
  end loop;
  return v_now;
end
$$;

-- Locked counters as they stand at an instant under their limits, which they remember.
create function turn_counters(p_counters usage_counter[], p_limits limit_plan[], p_at timestamptz)
returns usage_counter[]
language plpgsql stable
as $$
declare
  v_limit limit_plan;
  v_counter usage_counter;
  v_index integer := 0;
begin
  foreach v_limit in array p_limits loop
    continue when v_limit.limit_key = '';
    v_index := v_index + 1;
    v_counter := p_counters[v_index];
    if p_at >= v_counter.window_end or v_counter.spec <> v_limit.spec then
      v_counter := turn_counter(v_counter, v_limit.spec, p_at);
    end if;
    v_counter.policy_revision := v_limit.revision;
    v_counter.policy_until := v_limit.until_at;
    v_counter.ceiling := v_limit.units;
    v_counter.soft := v_limit.soft;
    v_counter.event_type := v_limit.event_type;
    v_counter.place := v_limit.place;
    v_counter.limit_count := v_limit.limit_count;
    p_counters[v_index] := v_counter;
  end loop;
  return p_counters;
end
$$;
