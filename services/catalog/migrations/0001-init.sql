-- Products with variants and prices as operators keep them, and what finds them. Texts named `folded_*` hold the
-- words of a text for search: lower case, no accents, no punctuation (src/domain/search-text.ts).

create table settings (
  tenant_id text not null,
  default_currency text not null,
  updated_at timestamptz not null,
  primary key (tenant_id)
);
select protect_tenant_table('settings');

create table category (
  tenant_id text not null,
  category_id text not null,
  slug text not null,
  title text not null,
  folded_title text not null,
  description text not null,
  parent_id text,
  -- Ids from the top down to the category itself.
  path text[] not null
    constraint category_path_ends_here check (path[cardinality(path)] = category_id)
    constraint category_path_depth check (cardinality(path) <= 10),
  position integer not null,
  primary key (tenant_id, category_id),
  constraint category_slug unique (tenant_id, slug),
  foreign key (tenant_id, parent_id) references category
);
create index category_by_parent on category (tenant_id, parent_id);
select protect_tenant_table('category');

create table collection (
  tenant_id text not null,
  collection_id text not null,
  slug text not null,
  title text not null,
  description text not null,
  primary key (tenant_id, collection_id),
  constraint collection_slug unique (tenant_id, slug)
);
select protect_tenant_table('collection');

create table product (
  tenant_id text not null,
  product_id text not null,
  slug text not null,
  title text not null,
  description text not null,
  brand text not null,
  status text not null
    constraint product_status_known check (status in ('draft', 'published', 'archived')),
  -- When it came, or comes, into the shop; null while it never was to.
  publish_at timestamptz,
  tax_category text not null,
  -- [{name, values}], [{key, values}], [{url, alt}]
  options jsonb not null,
  attributes jsonb not null,
  images jsonb not null,
  seo_title text not null,
  seo_description text not null,
  category_ids text[] not null,
  collection_ids text[] not null,
  folded_title text not null,
  folded_details text not null,
  folded_description text not null,
  revision bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, product_id),
  constraint product_slug unique (tenant_id, slug),
  constraint product_publish_time check (status <> 'published' or publish_at is not null)
);
select protect_tenant_table('product');

create table variant (
  tenant_id text not null,
  variant_id text not null,
  product_id text not null,
  sku text not null,
  option_values text[] not null,
  barcode text not null,
  weight_grams integer not null,
  stock_policy text not null
    constraint variant_stock_policy_known check (stock_policy in ('deny', 'backorder', 'preorder', 'untracked')),
  position integer not null,
  -- False once an update of its product left it out.
  is_active boolean not null,
  primary key (tenant_id, variant_id),
  constraint variant_sku unique (tenant_id, sku),
  foreign key (tenant_id, product_id) references product
);
create index variant_by_product on variant (tenant_id, product_id, position);
-- Walled in migration 0004, after the function that reads it.

create table price (
  tenant_id text not null,
  variant_id text not null,
  product_id text not null,
  currency text not null,
  -- Empty for the list of everybody.
  price_list_key text not null,
  amount_minor bigint not null
    constraint price_amount_range check (amount_minor between 0 and 1000000000000),
  compare_at_minor bigint
    constraint price_compare_at_range check (compare_at_minor between 0 and 1000000000000),
  starts_at timestamptz,
  ends_at timestamptz,
  constraint price_time check (ends_at > starts_at),
  constraint price_once unique nulls not distinct
    (tenant_id, variant_id, currency, price_list_key, starts_at, ends_at),
  foreign key (tenant_id, variant_id) references variant
);
create index price_by_product on price (tenant_id, product_id);

-- The price of a variant: of those that hold, the list asked for before that of everybody, then the one that started
-- last, then the one that ends first. No row when there is none.
create function price_at(p_tenant text, p_variant text, p_currency text, p_list text, p_now timestamptz)
returns table (amount_minor bigint, compare_at_minor bigint)
language sql stable
begin atomic
  select p.amount_minor, p.compare_at_minor
  from price as p
  where p.tenant_id = p_tenant
    and p.variant_id = p_variant
    and p.currency = p_currency
    and p.price_list_key in (p_list, '')
    and (p.starts_at is null or p.starts_at <= p_now)
    and (p.ends_at is null or p.ends_at > p_now)
  order by (p.price_list_key = '')::int, p.starts_at desc nulls last, p.ends_at nulls last
  limit 1;
end;
select protect_tenant_table('price');
