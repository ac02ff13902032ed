-- What is there is read from an index alone, and what nobody asked about is neither planned nor looked up.

-- Levels with units to sell, and variants that their products left out: few, and asked about for every level. Writing a
-- level writes its index entries again by this (decision 0052).
drop index stock_level_by_product;
create index stock_level_there on stock_level (tenant_id, product_id, variant_id) where on_hand > reserved;
create index variant_gone on variant (tenant_id, variant_id) where not is_active;

-- `sift_candidates` of many: each table is read once, in the order of its key, and what belongs together meets in hash joins.
create function sift_many(
  p_tenant text, p_now timestamptz, p_candidates text[], p_query tsquery, p_word_query tsquery, p_currency text,
  p_min bigint, p_max bigint, p_only_available boolean, p_sort text)
returns text[]
language plpgsql stable
set enable_hashjoin = on
set enable_nestloop = off
as $$
declare
  v_is_by_price boolean := p_sort in ('price_asc', 'price_desc');
begin
  return array(
    select m.product_id
    from (
      select l.product_id, l.publish_at, l.title_key, a.min_amount, c.place,
        case when c.place <= 300 and p_word_query is not null
          then ts_rank(l.document, p_word_query, 1) else 0 end as rank
      from listing as l
      join unnest(p_candidates) with ordinality as c (product_id, place) on c.product_id = l.product_id
      left join (
        select a.product_id, a.min_amount
        from listing_price as a
        where (p_min is not null or p_max is not null or v_is_by_price)
          and a.tenant_id = p_tenant
          and a.product_id = any(p_candidates)
          and a.currency = p_currency
          and a.starts_at <= p_now
          and a.ends_at > p_now
        -- Kept by itself, so that where no price is asked for none is looked up.
        offset 0
      ) as a on a.product_id = l.product_id
      where l.tenant_id = p_tenant
        and l.product_id = any(p_candidates)
        and l.publish_at <= p_now
        and (p_query is null or l.document @@ p_query)
        and (p_min is null or a.min_amount >= p_min)
        and (p_max is null or a.min_amount <= p_max)
        and (not v_is_by_price or a.min_amount is not null)
        and (not p_only_available or l.fallback <> 'out_of_stock' or (
          select true
          from stock_level as s
          where s.tenant_id = p_tenant
            and s.product_id = l.product_id
            and s.on_hand > s.reserved
            -- `is true` keeps the planner from making a join of it, which would be a hash join for each product.
            and (not exists (
              select
              from variant as v
              where v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and not v.is_active)) is true
          limit 1))
    ) as m
    order by case p_sort when 'price_asc' then m.min_amount when 'price_desc' then -m.min_amount end,
      case when p_sort = 'title' then m.title_key end,
      m.rank desc,
      case when p_sort = 'relevance' and p_word_query is not null then m.place end,
      m.publish_at desc, m.product_id collate "C" desc);
end
$$;

-- Candidates that are what is asked for, in the order asked for. `p_query` is null when they are known to match.
-- Of those in the order of relevance, the first 300 are ranked by their whole documents.
create or replace function sift_candidates(
  p_tenant text, p_now timestamptz, p_candidates text[], p_query tsquery, p_word_query tsquery, p_currency text,
  p_min bigint, p_max bigint, p_only_available boolean, p_sort text)
returns text[]
language plpgsql stable
as $$
declare
  v_is_by_price boolean := p_sort in ('price_asc', 'price_desc');
begin
  if cardinality(p_candidates) > 300 then
    return sift_many(
      p_tenant, p_now, p_candidates, p_query, p_word_query, p_currency, p_min, p_max, p_only_available, p_sort);
  end if;
  if not p_only_available and not v_is_by_price and p_min is null and p_max is null then
    return array(
      select m.product_id
      from (
        select l.product_id, l.publish_at, l.title_key, c.place,
          case when c.place <= 300 and p_word_query is not null
            then ts_rank(l.document, p_word_query, 1) else 0 end as rank
        from unnest(p_candidates) with ordinality as c (product_id, place)
        join listing as l on l.tenant_id = p_tenant and l.product_id = c.product_id
        where l.publish_at <= p_now and (p_query is null or l.document @@ p_query)
      ) as m
      order by case when p_sort = 'title' then m.title_key end,
        m.rank desc,
        case when p_sort = 'relevance' and p_word_query is not null then m.place end,
        m.publish_at desc, m.product_id collate "C" desc);
  end if;
  return array(
    select m.product_id
    from (
      select l.product_id, l.publish_at, l.title_key, a.min_amount, c.place,
        case when c.place <= 300 and p_word_query is not null
          then ts_rank(l.document, p_word_query, 1) else 0 end as rank
      from unnest(p_candidates) with ordinality as c (product_id, place)
      join listing as l on l.tenant_id = p_tenant and l.product_id = c.product_id
      left join lateral (
        select a.min_amount
        from listing_price as a
        where (p_min is not null or p_max is not null or v_is_by_price)
          and a.tenant_id = p_tenant
          and a.product_id = l.product_id
          and a.currency = p_currency
          and a.starts_at <= p_now
          and a.ends_at > p_now
        -- Kept by itself, so that where no price is asked for none is looked up.
        offset 0
      ) as a on true
      where l.publish_at <= p_now
        and (p_query is null or l.document @@ p_query)
        and (p_min is null or a.min_amount >= p_min)
        and (p_max is null or a.min_amount <= p_max)
        and (not v_is_by_price or a.min_amount is not null)
        and (not p_only_available or l.fallback <> 'out_of_stock' or (
          select true
          from stock_level as s
          where s.tenant_id = p_tenant
            and s.product_id = l.product_id
            and s.on_hand > s.reserved
            and not exists (
              select
              from variant as v
              where v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and not v.is_active)
          limit 1))
    ) as m
    order by case p_sort when 'price_asc' then m.min_amount when 'price_desc' then -m.min_amount end,
      case when p_sort = 'title' then m.title_key end,
      m.rank desc,
      case when p_sort = 'relevance' and p_word_query is not null then m.place end,
      m.publish_at desc, m.product_id collate "C" desc);
end
$$;
