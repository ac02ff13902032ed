-- A lease tells what its node decides while the engine cannot be reached, also when its request is repeated. Holds that
-- have ended are found by their end, to be forgotten.

alter type lease_grant add attribute admits_on_outage boolean;
create index hold_by_end on hold using brin (expire_at) with (pages_per_range = 32, autosummarize = on);

-- Lends units to a node that decides by itself: at most an eighth of what is left, at least one. They count at once;
-- in a rolling window at the end of the lease, the latest moment at which they may be used. A lease ends with every
-- window that has an end, and lasts at most a tenth of a rolling one (but a second). The same id answers the same.
create or replace function borrow_usage(
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
  v_repeated boolean;
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
  v_repeated := found;
  if v_repeated and v_known.request_hash <> v_hash then
    g.verdict := 'mismatched';
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
        g.admits_on_outage := v_limit.admits_on_outage;
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
    exit when v_repeated or v_type is null or v_tightest is null or g.limit_room > 0 or v_attempt = 2;
    select * into v_back
    from take_back_expired(p_tenant, v_counters, array[p_account], array[p_feature], v_open.now_at);
    exit when not v_back.changed;
    v_counters := v_back.counters;
    perform write_counters(v_counters, v_open.now_at);
  end loop;
  if v_repeated then
    g.verdict := 'granted';
    g.units := v_known.units;
    g.expire_at := v_known.expire_at;
    if v_tightest is not null then
      g.resets_at := v_counters[v_tightest].window_end;
      -- An open lease is counted: without it there was so much more.
      g.limit_room := g.limit_room + case when v_known.state = 'open' then v_known.units else 0 end;
    end if;
    return g;
  end if;
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
