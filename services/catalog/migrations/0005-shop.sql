-- What the shop is read from. `index_products` writes these tables from those of migration 0001, in the transaction
-- of each change.

-- A product that is published, as a card and as a document of search.
create table listing (
  tenant_id text not null,
  product_id text not null,
  slug text not null,
  title text not null,
  title_key text collate "C" not null,
  brand text not null,
  image_url text not null,
  image_alt text not null,
  publish_at timestamptz not null,
  -- Its availability when nothing is in stock.
  fallback text not null,
  -- Words by weight, and terms: `c:` a category, `l:` a collection, `f:key=value` a property.
  document tsvector not null,
  -- `key=value` as they are shown.
  facets text[] not null,
  primary key (tenant_id, product_id)
);
create index listing_by_time on listing (tenant_id, publish_at, product_id);
create index listing_by_title on listing (tenant_id, title_key, product_id);
select protect_tenant_table('listing');

-- Prices of a published product in a currency over a span of time: those of everybody's list.
create table listing_price (
  tenant_id text not null,
  product_id text not null,
  currency text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  min_amount bigint not null,
  max_amount bigint not null,
  compare_at bigint,
  primary key (tenant_id, product_id, currency, starts_at)
);
create index listing_price_by_amount on listing_price (tenant_id, currency, min_amount, product_id);
-- Whether the cheapest variant costs so much.
create function costs_between(
  p_tenant text, p_product text, p_currency text, p_now timestamptz, p_min bigint, p_max bigint)
returns boolean
language sql stable
begin atomic
  select exists (
    select
    from listing_price as a
    where a.tenant_id = p_tenant
      and a.product_id = p_product
      and a.currency = p_currency
      and a.starts_at <= p_now
      and a.ends_at > p_now
      and (p_min is null or a.min_amount >= p_min)
      and (p_max is null or a.min_amount <= p_max)
  );
end;

select protect_tenant_table('listing_price');

-- The terms of documents, the best first. Row-level security lets no index of type GIN answer `@@`, since the operator
-- is not leakproof; equal texts are found by any index (decision 0034).
create table posting (
  tenant_id text not null,
  term text collate "C" not null,
  -- 0 for a word of the title and for what is no word, 3 for one of the description.
  grade smallint not null,
  product_id text not null,
  primary key (tenant_id, term, grade, product_id)
);
select protect_tenant_table('posting');

-- Words that products and categories are called by, and what they are looked up by: trigrams, and the word less one
-- letter. Words stay when their products go; nothing is found for them then.
create table search_word (
  tenant_id text not null,
  word text collate "C" not null,
  lexeme text collate "C" not null,
  trigram_count integer not null,
  primary key (tenant_id, word)
);
select protect_tenant_table('search_word');

create table word_key (
  tenant_id text not null,
  key text collate "C" not null,
  word text collate "C" not null,
  primary key (tenant_id, key, word)
);
select protect_tenant_table('word_key');

create function document_terms(p_document tsvector) returns table (term text, grade smallint)
language sql immutable
begin atomic
  select t.lexeme,
    (case
      when t.positions is null or 'A' = any(t.weights) then 0
      when 'B' = any(t.weights) then 1
      when 'C' = any(t.weights) then 2
      else 3
    end)::smallint
  from unnest(p_document) as t (lexeme, positions, weights);
end;

-- Writes what the shop knows of the products anew. `p_replaces`: some may be in the shop already.
create function index_products(p_tenant text, p_product_ids text[], p_replaces boolean) returns void
language plpgsql
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  if p_replaces then
    delete from posting as p
    using (
      select l.product_id, t.term, t.grade
      from listing as l, document_terms(l.document) as t
      where l.tenant_id = p_tenant and l.product_id = any(p_product_ids)
    ) as old
    where p.tenant_id = p_tenant
      and p.term = old.term
      and p.grade = old.grade
      and p.product_id = old.product_id;
    delete from listing where tenant_id = p_tenant and product_id = any(p_product_ids);
    delete from listing_price where tenant_id = p_tenant and product_id = any(p_product_ids);
  end if;

  insert into listing (
    tenant_id, product_id, slug, title, title_key, brand, image_url, image_alt, publish_at, fallback, document, facets)
  select p.tenant_id, p.product_id, p.slug, p.title, p.folded_title, p.brand,
    coalesce(p.images -> 0 ->> 'url', ''), coalesce(p.images -> 0 ->> 'alt', ''), p.publish_at, v.fallback,
    setweight(to_tsvector('english', p.folded_title), 'A')
      || setweight(to_tsvector('english', coalesce(c.words, '')), 'B')
      || setweight(to_tsvector('english', p.folded_details), 'C')
      || setweight(to_tsvector('english', p.folded_description), 'D')
      || array_to_tsvector(
        array(select 'c:' || id from unnest(p.category_ids) as id)
        || array(select 'l:' || id from unnest(p.collection_ids) as id)
        || array(select distinct 'f:' || lower(f) from unnest(f.facets) as f)),
    f.facets
  from product as p
  cross join lateral (
    select case
      when bool_or(v.stock_policy = 'untracked') then 'in_stock'
      when bool_or(v.stock_policy = 'preorder') then 'preorder'
      when bool_or(v.stock_policy = 'backorder') then 'backorder'
      else 'out_of_stock'
    end as fallback,
    coalesce(jsonb_agg(to_jsonb(v.option_values)), '[]') as option_values
    from variant as v
    where v.tenant_id = p.tenant_id and v.product_id = p.product_id and v.is_active
  ) as v
  left join lateral (
    select string_agg(distinct above.folded_title, ' ') as words
    from category as own
    join category as above on above.tenant_id = own.tenant_id and above.category_id = any(own.path)
    where own.tenant_id = p.tenant_id and own.category_id = any(p.category_ids)
  ) as c on true
  cross join lateral (
    select coalesce(array_agg(distinct pair.key || '=' || pair.value), '{}') as facets
    from (
      select a.key, x.value
      from jsonb_to_recordset(p.attributes) as a (key text, "values" jsonb), jsonb_array_elements_text(a."values") as x
      union all
      select o.option ->> 'key', vv.value ->> (o.place - 1)::integer
      from jsonb_array_elements(p.options) with ordinality as o (option, place),
        jsonb_array_elements(v.option_values) as vv
    ) as pair
    where pair.value is not null
  ) as f
  where p.tenant_id = p_tenant
    and p.product_id = any(p_product_ids)
    and p.status = 'published';

  insert into posting (tenant_id, term, grade, product_id)
  select p_tenant, t.term, t.grade, l.product_id
  from listing as l, document_terms(l.document) as t
  where l.tenant_id = p_tenant and l.product_id = any(p_product_ids)
  order by 2, 3, 4;

  -- Between two moments at which a price begins or ends, nothing changes.
  insert into listing_price (
    tenant_id, product_id, currency, starts_at, ends_at, min_amount, max_amount, compare_at)
  select p_tenant, s.product_id, s.currency, s.starts_at, s.ends_at, min(w.amount_minor), max(w.amount_minor),
    (array_agg(w.compare_at_minor order by w.amount_minor, w.variant_id))[1]
  from (
    select e.product_id, e.currency, e.moment as starts_at,
      lead(e.moment, 1, 'infinity') over (partition by e.product_id, e.currency order by e.moment) as ends_at
    from (
      select distinct p.product_id, p.currency, m.moment
      from price as p
      join listing as l on l.tenant_id = p.tenant_id and l.product_id = p.product_id
      cross join lateral (
        values (coalesce(p.starts_at, '-infinity')), (coalesce(p.ends_at, 'infinity'))
      ) as m (moment)
      where p.tenant_id = p_tenant
        and p.product_id = any(p_product_ids)
        and p.price_list_key = ''
    ) as e
  ) as s
  join variant as v on v.tenant_id = p_tenant and v.product_id = s.product_id and v.is_active
  cross join lateral (
    select v.variant_id, a.amount_minor, a.compare_at_minor
    from price_at(p_tenant, v.variant_id, s.currency, '', s.starts_at) as a
  ) as w
  where s.starts_at < s.ends_at
  group by s.product_id, s.currency, s.starts_at, s.ends_at;
end
$$;
