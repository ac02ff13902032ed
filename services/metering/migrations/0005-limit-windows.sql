-- Windows of limits as pure functions of a spec and an instant. A spec is text:
--   rolling <seconds>                                        any interval of this length
--   fixed <seconds>                                          back to back from 1970-01-01T00:00:00Z
--   day <zone>, month <zone>                                 on the wall of the zone
--   billing_period <months> <alignment> <anchor> <zone>      anchor in microseconds since 1970

-- The first instant at which the wall of the zone shows `wall`; where clocks skip it, the instant at which it
-- would have come. Postgres alone picks the second of two.
create function instant_of(wall timestamp, zone text) returns timestamptz
language sql stable parallel safe
return (
  select case when before at time zone zone = wall then least(before, usual) else usual end
  from (select wall at time zone zone as usual) as one
  cross join lateral (
    select (wall - ((usual - interval '1 day') at time zone zone - (usual - interval '1 day') at time zone 'UTC'))
      at time zone 'UTC' as before
  ) as two
);

-- Bound number n of a billing period: the anchor plus n intervals, never one bound plus an interval.
create function billing_bound(anchor timestamptz, zone text, months integer, alignment text, n integer)
returns timestamptz
language sql stable parallel safe
return case
  when alignment = 'calendar' then instant_of(
    date_trunc('month', anchor at time zone zone) + make_interval(months => n * months - case
      when months >= 12 then extract(month from anchor at time zone zone)::integer - 1
      when 12 % months = 0 then (extract(month from anchor at time zone zone)::integer - 1) % months
      else 0
    end),
    zone
  )
  when n = 0 then anchor
  else instant_of((anchor at time zone zone) + make_interval(months => n * months), zone)
end;

-- The billing period that contains an instant; the same as `billingPeriod` of the kernel.
create function billing_window(spec text, at timestamptz, out start_at timestamptz, out end_at timestamptz)
language plpgsql stable parallel safe
as $$
declare
  part text[] := string_to_array(spec, ' ');
  months integer := part[2];
  alignment text := part[3];
  anchor timestamptz := 'epoch'::timestamptz + part[4]::bigint * interval '1 microsecond';
  zone text := part[5];
  wall timestamp := at at time zone zone;
  wall_anchor timestamp := anchor at time zone zone;
  n integer := floor((
    (extract(year from wall) - extract(year from wall_anchor)) * 12
    + extract(month from wall) - extract(month from wall_anchor)
  ) / months)::integer - 1;
begin
  start_at := billing_bound(anchor, zone, months, alignment, n);
  end_at := billing_bound(anchor, zone, months, alignment, n + 1);
  while end_at <= at loop
    n := n + 1;
    start_at := end_at;
    end_at := billing_bound(anchor, zone, months, alignment, n + 1);
  end loop;
  -- The opening period begins with the anchor also where the calendar's began before it.
  if n = 0 and at >= anchor then
    start_at := anchor;
  end if;
end
$$;

-- Bounds of the window that contains an instant; of a rolling window -infinity and infinity.
create function limit_window(spec text, at timestamptz, out start_at timestamptz, out end_at timestamptz)
language plpgsql stable parallel safe
as $$
declare
  kind text := split_part(spec, ' ', 1);
  zone text;
  width interval;
begin
  case kind
    when 'rolling' then
      start_at := '-infinity';
      end_at := 'infinity';
    when 'fixed' then
      width := split_part(spec, ' ', 2)::integer * interval '1 second';
      start_at := date_bin(width, at, 'epoch');
      end_at := start_at + width;
    when 'day', 'month' then
      zone := split_part(spec, ' ', 2);
      start_at := instant_of(date_trunc(kind, at at time zone zone), zone);
      end_at := instant_of(date_trunc(kind, at at time zone zone) + ('1 ' || kind)::interval, zone);
    when 'billing_period' then
      select w.start_at, w.end_at into start_at, end_at from billing_window(spec, at) as w;
  end case;
end
$$;

-- Length of a rolling window in seconds; 0 of the others.
create function rolling_seconds(spec text) returns bigint
language sql immutable parallel safe
return case when starts_with(spec, 'rolling ') then substr(spec, 9)::bigint else 0 end;

-- Exclusive end of the bucket that contains an instant. A bucket is at most a 300th of the window long.
create function bucket_end(seconds bigint, at timestamptz) returns timestamptz
language sql stable parallel safe
return date_bin((seconds * 10000 / 3) * interval '1 microsecond', at, to_timestamp(0))
  + (seconds * 10000 / 3) * interval '1 microsecond';
