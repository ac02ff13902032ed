-- A statement for each kind of question, so that what nobody asked about is not planned.

-- Ids of listed products in an order, until there are enough or `p_look` were looked at. What is asked of them besides
-- the order is planned each time, which costs less than a wrong way through a large shop. `p_among`: no others; null for
-- all that are listed.
create or replace function walk_listings(
  p_tenant text, p_now timestamptz, p_query tsquery, p_among text[], p_currency text, p_min bigint, p_max bigint,
  p_only_available boolean, p_sort text, p_look integer, p_offset integer, p_limit integer)
returns text[]
language plpgsql stable
-- Room to ask a set of any size.
set hash_mem_multiplier = 100
-- Every order is that of an index.
set enable_sort = off
as $$
declare
  v_is_by_price boolean := p_sort in ('price_asc', 'price_desc');
  v_from text := 'select l.product_id, l.publish_at, l.title_key, l.document, l.fallback
    from listing as l
    where l.tenant_id = $1 and l.publish_at <= $2';
  v_order text := case p_sort
    when 'price_asc' then 'l.min_amount, l.product_id'
    when 'price_desc' then 'l.min_amount desc, l.product_id desc'
    when 'title' then 'l.title_key, l.product_id'
    else 'l.publish_at desc, l.product_id desc'
  end;
  v_filter text := '';
  v_ids text[];
begin
  if p_sort in ('newest', 'relevance') and p_query is null and p_among is null and p_min is null and p_max is null
    and not p_only_available then
    return array(
      select l.product_id
      from listing as l
      where l.tenant_id = p_tenant and l.publish_at <= p_now
      order by l.publish_at desc, l.product_id desc
      limit p_limit offset p_offset);
  end if;
  if v_is_by_price then
    v_from := 'select l.product_id, l.min_amount, l.starts_at, l.ends_at
      from listing_price as l
      where l.tenant_id = $1
        and l.currency = $4
        and l.min_amount >= coalesce($5, 0)
        and l.min_amount <= coalesce($6, 1000000000000)';
    v_filter := ' and l.starts_at <= $2 and l.ends_at > $2 and (d.publish_at <= $2) is true';
  elsif p_min is not null or p_max is not null then
    v_filter := ' and exists (
      select
      from listing_price as a
      where a.tenant_id = $1
        and a.product_id = d.product_id
        and a.currency = $4
        and a.starts_at <= $2
        and a.ends_at > $2
        and a.min_amount >= coalesce($5, 0)
        and a.min_amount <= coalesce($6, 1000000000000)
      -- Not one set of products, but a look at each.
      offset 0)';
  end if;
  if p_among is not null then
    -- `is true` keeps the planner from making a join of it, which would lose the order.
    v_filter := v_filter || ' and (l.product_id in (select unnest($10))) is true';
  end if;
  if p_query is not null then
    v_filter := v_filter || ' and d.document @@ $3';
  end if;
  if p_only_available then
    v_filter := v_filter || $filter$ and (d.fallback <> 'out_of_stock' or (
      select true
      from stock_level as s
      where s.tenant_id = $1
        and s.product_id = d.product_id
        and s.on_hand > s.reserved
        and not exists (
          select
          from variant as v
          where v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and not v.is_active)
      limit 1))$filter$;
  end if;
  execute format(
    'select array(
      select l.product_id
      from (%s order by %s limit $7) as l
      %s
      where true%s
      order by %s
      limit $9 offset $8)',
    v_from, v_order,
    case when v_is_by_price
      then 'join listing as d on d.tenant_id = $1 and d.product_id = l.product_id'
      else 'cross join lateral (select l.product_id, l.document, l.fallback) as d' end,
    v_filter, v_order)
  into v_ids
  using p_tenant, p_now, p_query, p_currency, p_min, p_max, p_look, p_offset, p_limit, p_among;
  return v_ids;
end
$$;

-- A page of products. `p_words`: words of a search, or null for none; `p_keys` are the keys of those numbered in
-- `p_key_words`. `p_facet_terms` are terms, those of one number in `p_facet_groups` widen, numbers narrow.
-- Where any restriction leaves up to 5,000 products, all of them are looked at. Of more, a search looks at the best 2,000
-- where there is more to ask of them than words; and the walk along another order ends with the page, or with prices and
-- availability to look at, after 1,001 products or 20,000 looks. Properties are counted of 5,000 then, or of those that
-- such a walk found.
create or replace function shop_page(
  p_tenant text, p_now timestamptz, p_words text[], p_key_words integer[], p_keys text[],
  p_category text, p_collection text, p_facet_groups integer[], p_facet_terms text[],
  p_currency text, p_min bigint, p_max bigint, p_only_available boolean,
  p_sort text, p_offset integer, p_limit integer, p_with_facets boolean)
returns table (currency text, total_count integer, is_capped boolean, corrected text, cards json, facets json)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set join_collapse_limit = 1
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_material = off
set enable_bitmapscan = off
set max_parallel_workers_per_gather = 0
set jit = off
as $$
#variable_conflict use_column
declare
  c_most constant integer := 5000;
  c_look constant integer := 20000;
  c_best constant integer := 2000;
  c_ranked constant integer := 300;
  c_short constant integer := 200;
  v_currency text := p_currency;
  v_search word_search;
  v_groups term_group[] := '{}';
  v_query tsquery;
  v_word_query tsquery;
  v_terms text[];
  v_count integer;
  v_is_priced boolean := p_min is not null or p_max is not null;
  v_is_ranked boolean := p_sort = 'relevance' and p_words is not null;
  v_is_by_price boolean := p_sort in ('price_asc', 'price_desc');
  v_found integer;
  v_most integer;
  v_among text[];
  v_is_all boolean := false;
  v_is_matched boolean := false;
  v_is_plain boolean := false;
  v_candidates text[];
  v_all text[];
  v_ids text[];
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  if v_currency is null then
    v_currency := coalesce((select s.default_currency from settings as s where s.tenant_id = p_tenant), 'USD');
  end if;
  currency := v_currency;
  total_count := 0;
  is_capped := false;
  cards := '[]';
  facets := '[]';

  if p_words is not null then
    v_search := search_words(p_tenant, p_words, p_key_words, p_keys);
    corrected := array_to_string(v_search.used, ' ');
    v_groups := v_search.groups;
    if v_groups = '{}' then
      return next;
      return;
    end if;
    v_word_query := case when v_is_ranked then all_groups(v_groups) end;
  end if;
  if p_category is not null then
    v_terms := array(
      select 'c:' || below.category_id
      from category as top
      join category as below on below.tenant_id = p_tenant and top.category_id = any(below.path)
      where top.tenant_id = p_tenant and (top.category_id = p_category or top.slug = p_category));
    v_groups := v_groups || row(v_terms, count_postings(p_tenant, v_terms, c_most + 1))::term_group;
  end if;
  if p_collection is not null then
    v_terms := array(
      select 'l:' || l.collection_id
      from collection as l
      where l.tenant_id = p_tenant and (l.collection_id = p_collection or l.slug = p_collection));
    v_groups := v_groups || row(v_terms, count_postings(p_tenant, v_terms, c_most + 1))::term_group;
  end if;
  if p_facet_terms <> '{}' then
    for v_terms in
      select array_agg(f.term)
      from unnest(p_facet_groups, p_facet_terms) as f (number, term)
      group by f.number
    loop
      v_groups := v_groups || row(v_terms, count_postings(p_tenant, v_terms, c_most + 1))::term_group;
    end loop;
  end if;
  if cardinality(v_groups) > 1 then
    select array_agg(g order by g.count) into v_groups from unnest(v_groups) as g;
  end if;
  if v_groups[1].count = 0 then
    return next;
    return;
  end if;

  -- The rarest restriction names the candidates.
  v_count := coalesce(v_groups[1].count, c_most + 1);
  if v_is_priced and v_count > 300 then
    v_candidates := priced_candidates(p_tenant, p_now, v_currency, p_min, p_max);
    if cardinality(v_candidates) >= v_count or cardinality(v_candidates) > c_most then
      v_candidates := null;
    end if;
  end if;
  if v_candidates is null and cardinality(v_groups) > 0 and (
    v_count <= c_most or v_is_ranked or cardinality(v_groups) > 1
    -- A walk that is long asks a set.
    or v_is_priced or p_only_available or v_is_by_price or p_with_facets or p_offset + p_limit > c_short) then
    -- To read all is cheaper than to look at a thousand documents, or at a few hundred when the next one is not long.
    v_is_all := cardinality(v_groups) > 1 and (v_count > 1000 or v_count > 300 and v_groups[2].count <= c_most);
    v_is_matched := cardinality(v_groups) = 1 or v_is_all;
    v_is_plain := v_is_ranked and v_is_matched and not v_is_priced and not p_only_available;
    if v_is_plain then
      v_is_plain := not exists (select from listing as l where l.tenant_id = p_tenant and l.publish_at > p_now);
    end if;
    if v_is_plain and not p_with_facets then
      v_most := least(greatest(c_ranked, p_offset + p_limit), c_most + 1);
    elsif v_is_ranked then
      v_most := c_most + 1;
    end if;
    select g.candidates, g.total into v_candidates, v_found
    from group_candidates(p_tenant, v_groups, v_is_all, v_most) as g;
    is_capped := v_found > c_most;
    if is_capped and not v_is_ranked then
      v_among := v_candidates;
      v_candidates := null;
    end if;
  end if;

  if not v_is_matched then
    v_query := all_groups(v_groups);
  end if;
  if v_candidates is not null then
    if v_is_plain then
      v_all := sift_candidates(
        p_tenant, p_now, v_candidates[:c_ranked], null, v_word_query, v_currency, null, null, false, p_sort)
        || v_candidates[c_ranked + 1 :];
      total_count := least(v_found, c_most);
    else
      if is_capped then
        v_candidates := v_candidates[:c_best];
      end if;
      v_all := sift_candidates(
        p_tenant, p_now, v_candidates, v_query, v_word_query, v_currency,
        p_min, p_max, p_only_available, p_sort);
      total_count := cardinality(v_all);
    end if;
    v_ids := v_all[p_offset + 1 : p_offset + p_limit];
  elsif v_is_priced or p_only_available or v_is_by_price then
    v_all := walk_listings(
      p_tenant, p_now, v_query, v_among, v_currency, p_min, p_max,
      p_only_available, p_sort, c_look + p_offset, 0, greatest(1001, p_offset + p_limit + 1));
    v_ids := v_all[p_offset + 1 : p_offset + p_limit];
    total_count := least(cardinality(v_all), greatest(1000, p_offset + p_limit));
    -- All were looked at when there are no more.
    is_capped := cardinality(v_all) > total_count or (
      select count(*) from (
        select from listing as l where l.tenant_id = p_tenant and l.publish_at <= p_now limit c_look + 1
      ) as found) > c_look;
  else
    v_ids := walk_listings(
      p_tenant, p_now, v_query, v_among, v_currency, null, null, false, p_sort,
      null, p_offset, p_limit);
    if p_with_facets then
      v_all := coalesce(v_among, walk_listings(
        p_tenant, p_now, null, null, v_currency, null, null, false, p_sort, null, 0, c_most));
    end if;
    select count(*) into total_count
    from (
      select from listing as l where l.tenant_id = p_tenant and l.publish_at <= p_now limit c_most + 1
    ) as found;
    is_capped := total_count > c_most;
    total_count := least(total_count, c_most);
  end if;

  select coalesce(json_agg(json_build_object(
    'id', l.product_id, 'slug', l.slug, 'title', l.title, 'brand', l.brand,
    'image', l.image_url, 'alt', l.image_alt,
    'min', a.min_amount, 'max', a.max_amount, 'compare', a.compare_at,
    'availability', case when l.fallback = 'in_stock' or s.is_there then 'in_stock' else l.fallback end
  ) order by i.place), '[]')
  into cards
  from unnest(v_ids) with ordinality as i (product_id, place)
  join listing as l on l.tenant_id = p_tenant and l.product_id = i.product_id
  left join lateral (
    select a.min_amount, a.max_amount, a.compare_at
    from listing_price as a
    where a.tenant_id = p_tenant
      and a.product_id = l.product_id
      and a.currency = v_currency
      and a.starts_at <= p_now
      and a.ends_at > p_now
  ) as a on true
  left join lateral (
    select true as is_there
    from stock_level as s
    where s.tenant_id = p_tenant
      and s.product_id = l.product_id
      and s.on_hand > s.reserved
      and not exists (
        select
        from variant as v
        where v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and not v.is_active)
    limit 1
  ) as s on true;

  if p_with_facets then
    select coalesce(json_agg(json_build_object('facet', f.facet, 'count', f.count)
      order by f.count desc, f.facet collate "C"), '[]')
    into facets
    from (
      -- Many products have the same properties.
      select u.facet, sum(alike.count) as count
      from (
        select l.facets, count(*) as count
        from listing as l
        where l.tenant_id = p_tenant and l.product_id = any(v_all[:c_most]) and (l.publish_at <= p_now) is true
        group by l.facets
      ) as alike
      cross join lateral unnest(alike.facets) as u (facet)
      group by u.facet
    ) as f;
  end if;
  return next;
end
$$;
