-- Regions are compared by their code alone: `us-il` is `il`. One that has both keeps both, and the former is for no address.
alter table tax_rate no force row level security;
update tax_rate as rate
set region_key = substr(rate.region_key, 4)
where starts_with(rate.region_key, lower(rate.country) || '-')
  and not exists (
    select from tax_rate as other
    where other.tenant_id = rate.tenant_id
      and other.country = rate.country
      and other.region_key = substr(rate.region_key, 4)
      and other.tax_category = rate.tax_category
      and other.name = rate.name
      and other.valid_from is not distinct from rate.valid_from
  );
alter table tax_rate force row level security;
