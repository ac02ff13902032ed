-- Rates of taxes by place and category, and how a tenant taxes.
create table tax_rate (
  tenant_id text not null,
  rate_key text not null,
  country char(2) not null
    constraint tax_rate_country_form check (country ~ '^[A-Z]{2}$'),
  -- As it was told, and as addresses are compared with it; empty for the whole country.
  region text not null,
  region_key text not null,
  tax_category text not null,
  name text not null,
  -- Exact, in percent.
  percent numeric not null
    constraint tax_rate_percent_range check (percent between 0 and 100 and scale(percent) <= 6),
  -- Null is always and never; the end is exclusive.
  valid_from timestamptz,
  valid_until timestamptz,
  primary key (tenant_id, rate_key),
  -- So that which rate holds is never a matter of order.
  constraint tax_rate_taken unique nulls not distinct
    (tenant_id, country, region_key, tax_category, name, valid_from),
  constraint tax_rate_span_not_empty check (valid_until > valid_from)
);
select protect_tenant_table('tax_rate');

create table tax_settings (
  tenant_id text primary key,
  prices_include_tax boolean not null,
  default_category text not null,
  -- Empty when delivery is not taxed.
  shipping_category text not null
);
select protect_tenant_table('tax_settings');
