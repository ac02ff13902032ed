-- Counters may be kept in Redis instead of `usage_counter` (src/limits/redis, docs/limits.md). What was admitted is in
-- `usage_event` either way: from these rows a counter that was lost is counted again.
--   PL410 the counters of the tenant are kept elsewhere      PL411 the epoch is over: what it counted is disowned
--   PL412 the account holds something else by now            PL413 reservations or leases are open

-- Where the counters of a tenant are: without a row in Postgres, where they are for nobody to use while `moving`.
create table counter_home (
  tenant_id text primary key,
  home text not null constraint counter_home_known check (home in ('postgres', 'redis', 'moving')),
  -- Names the counters in Redis. A new one begins with none, and what was decided by the old ones is not recorded.
  epoch uuid not null
);
-- The start of a process looks for tenants whose counters are elsewhere.
select protect_tenant_table('counter_home', true);

-- Takes the tenant's ingest lock in shared mode. Who moves the counters of a tenant, or begins an epoch, holds it alone.
create function enter_usage(p_tenant text) returns void
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('metering.ingest:' || p_tenant, 0));
end
$$;

create function require_counters_here(p_tenant text) returns void
language plpgsql stable
as $$
begin
  if exists (select from counter_home as h where h.tenant_id = p_tenant and h.home <> 'postgres') then
    raise exception 'the counters of the tenant are kept elsewhere' using errcode = 'PL410';
  end if;
end
$$;

-- Every decision asks first where the counters are, under the lock; settings move to whoever is called first.
alter function consume_batch(text, timestamptz, text[], text[], text[], text[], integer[], integer[], integer[], bigint[], boolean)
  rename to decide_batch;
alter function decide_batch(text, timestamptz, text[], text[], text[], text[], integer[], integer[], integer[], bigint[], boolean)
  reset all;
create function consume_batch(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[],
  p_ids text[], p_properties text[], p_hold_seconds integer[],
  p_item_requests integer[], p_item_pairs integer[], p_item_units bigint[], p_hopeful boolean)
returns batch_decision
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
  perform enter_usage(p_tenant);
  perform require_counters_here(p_tenant);
  return decide_batch(
    p_tenant, p_at, p_accounts, p_features, p_ids, p_properties, p_hold_seconds, p_item_requests, p_item_pairs,
    p_item_units, p_hopeful);
end
$$;

alter function check_batch(text, timestamptz, text[], text[], bigint[]) rename to look_at_batch;
alter function look_at_batch(text, timestamptz, text[], text[], bigint[]) reset all;
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
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  perform require_counters_here(p_tenant);
  return look_at_batch(p_tenant, p_at, p_accounts, p_features, p_units);
end
$$;

-- As before, on counters that are here: everything about holds begins with it.
create or replace function open_counters(
  p_tenant text, p_at timestamptz, p_accounts text[], p_features text[],
  out limits limit_plan[], out counters usage_counter[], out now_at timestamptz)
language plpgsql
as $$
begin
  perform enter_usage(p_tenant);
  perform require_counters_here(p_tenant);
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

-- Begins an epoch of counters in Redis, unless another process did since `p_expected` (null: there was none). With
-- `p_move`, also for counters that are here. Answers where the counters are, the epoch, and whether it is new. Raises
-- PL413. Locks: the tenant's ingest lock, alone, so that all that was recorded in older epochs is seen by the next.
create function begin_epoch(
  p_tenant text, p_expected uuid, p_move boolean, out home text, out epoch uuid, out is_new boolean)
language plpgsql
set search_path from current
as $$
declare
  v_known counter_home;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  perform pg_advisory_xact_lock(hashtextextended('metering.ingest:' || p_tenant, 0));
  select h.tenant_id, h.home, h.epoch into v_known from counter_home as h where h.tenant_id = p_tenant;
  is_new := case
    when v_known.tenant_id is null then p_expected is null
    when v_known.home = 'redis' then v_known.epoch is not distinct from p_expected
    else p_move
  end;
  if not is_new then
    home := v_known.home;
    epoch := v_known.epoch;
    return;
  end if;
  if v_known.home is distinct from 'redis' then
    update hold as h
    set state = 'expired', closed_at = clock_timestamp()
    where h.tenant_id = p_tenant
      and h.state = 'open'
      and h.kind = 'reservation'
      and h.expire_at <= clock_timestamp();
    if exists (select from hold as h where h.tenant_id = p_tenant and is_holding(h)) then
      raise exception 'reservations or leases are open' using errcode = 'PL413';
    end if;
  end if;
  home := 'redis';
  epoch := gen_random_uuid();
  insert into counter_home (tenant_id, home, epoch)
  values (p_tenant, begin_epoch.home, begin_epoch.epoch)
  on conflict (tenant_id) do update
    set home = excluded.home, epoch = excluded.epoch;
end
$$;

-- Whether units of a hold may still be reported or given back: a node tells of its lease soon after the end.
create function is_holding(h hold) returns boolean
language sql stable
return h.state = 'open'
  and h.expire_at > clock_timestamp() - case when h.kind = 'lease' then interval '10 minutes' else interval '0' end;

-- Takes the counters of a tenant back: nobody decides by them until they are counted. Locks as `begin_epoch`.
create function begin_return(p_tenant text) returns void
language plpgsql
set search_path from current
as $$
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  perform pg_advisory_xact_lock(hashtextextended('metering.ingest:' || p_tenant, 0));
  update counter_home as h set home = 'moving', epoch = gen_random_uuid() where h.tenant_id = p_tenant;
end
$$;
