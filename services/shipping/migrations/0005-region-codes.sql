-- Regions are compared by their code alone: `us-il` is `il`. One that has both keeps both, and the former holds no address.
alter table zone_area no force row level security;
update zone_area as area
set region = substr(area.region, 4)
where area.country <> ''
  and starts_with(area.region, lower(area.country) || '-')
  and not exists (
    select from zone_area as other
    where other.tenant_id = area.tenant_id
      and other.country = area.country
      and other.region = substr(area.region, 4)
      and other.postal_prefix = area.postal_prefix
  );
alter table zone_area force row level security;
