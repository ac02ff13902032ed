-- Reads of the shop, each one call: they name their tenant themselves, and their plans are made once and kept.

-- A query of search for any of the terms.
create function any_term(p_terms text[]) returns tsquery
language sql immutable
begin atomic
  select string_agg('''' || replace(replace(t, '\', '\\'), '''', '''''') || '''', '|')::tsquery
  from unnest(p_terms) as t;
end;

-- How many postings the terms have, as far as it matters.
create function count_postings(p_tenant text, p_terms text[], p_limit integer) returns integer
language plpgsql stable
as $$
begin
  return (
    select count(*)
    from (
      select from posting where tenant_id = p_tenant and term = any(p_terms) limit p_limit
    ) as found
  );
end
$$;

-- Words that begin like the last one typed.
create function words_from(p_tenant text, p_begin text, p_limit integer) returns setof search_word
language plpgsql stable
as $$
begin
  return query
  select w.*
  from search_word as w
  where w.tenant_id = p_tenant
    and w.word >= p_begin
    and w.word < p_begin || U&'\+10FFFF'
    and exists (select from posting as p where p.tenant_id = p_tenant and p.term = w.lexeme)
  order by w.word
  limit p_limit;
end
$$;

-- The words nearest to a misspelled one, by keys that both have: one that is a word less a letter counts as nearly the
-- same; otherwise the share of equal trigrams (Jaccard), as in pg_trgm.
create function words_near(p_tenant text, p_keys text[]) returns setof search_word
language plpgsql stable
as $$
declare
  v_trigrams integer := (select count(*) from unnest(p_keys) as k where k like '3%');
begin
  return query
  select w.*
  from (
    select k.word, bool_or(k.key like '1%') as is_next, count(*) filter (where k.key like '3%') as shared
    from word_key as k
    where k.tenant_id = p_tenant and k.key = any(p_keys)
    group by k.word
  ) as near
  join search_word as w on w.tenant_id = p_tenant and w.word = near.word
  cross join lateral (
    select near.shared::float8 / (v_trigrams + w.trigram_count - near.shared) as similarity
  ) as s
  where (near.is_next or s.similarity >= 0.4)
    and exists (select from posting as p where p.tenant_id = p_tenant and p.term = w.lexeme)
  order by near.is_next desc, s.similarity desc, w.word
  limit 3;
end
$$;

-- A page of products. `p_words`: words of a search, or null for none; `p_keys` are the keys of those numbered in
-- `p_key_words`. `p_facet_terms` are terms, those of one number in `p_facet_groups` widen, numbers narrow.
-- Up to 5,000 products are matched, sorted and counted exactly; of more, the walk along an index of the order asked for
-- ends with the page.
create function shop_page(
  p_tenant text, p_now timestamptz, p_words text[], p_key_words integer[], p_keys text[],
  p_category text, p_collection text, p_facet_groups integer[], p_facet_terms text[],
  p_currency text, p_min bigint, p_max bigint, p_only_available boolean,
  p_sort text, p_offset integer, p_limit integer, p_with_facets boolean)
returns table (currency text, total_count integer, is_capped boolean, corrected text, cards json, facets json)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  c_most constant integer := 5000;
  v_currency text;
  v_query tsquery;
  v_word_query tsquery;
  v_driver text[];
  v_driver_count integer := c_most + 1;
  v_terms text[];
  v_count integer;
  v_near search_word;
  v_used text[] := '{}';
  v_is_corrected boolean := false;
  v_group integer;
  v_filters boolean := p_min is not null or p_max is not null or p_only_available;
  v_all text[];
  v_ids text[];
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  v_currency := coalesce(
    p_currency, (select s.default_currency from settings as s where s.tenant_id = p_tenant), 'USD');
  currency := v_currency;
  total_count := 0;
  is_capped := false;
  cards := '[]';

  for v_index in 1 .. coalesce(cardinality(p_words), 0) loop
    v_terms := tsvector_to_array(to_tsvector('english', p_words[v_index]));
    -- A word such as "the" finds nothing and everything.
    if v_terms <> '{}' then
      v_count := count_postings(p_tenant, v_terms, c_most + 1);
      if v_index = cardinality(p_words) and length(p_words[v_index]) >= 2 then
        v_terms := v_terms || array(select w.lexeme from words_from(p_tenant, p_words[v_index], 20) as w);
        v_count := count_postings(p_tenant, v_terms, c_most + 1);
      end if;
      if v_count > 0 then
        v_used := v_used || p_words[v_index];
      else
        v_terms := '{}';
        v_is_corrected := true;
        for v_near in
          select *
          from words_near(p_tenant, array(
            select k.key from unnest(p_key_words, p_keys) as k (word, key) where k.word = v_index))
        loop
          if v_terms = '{}' then
            v_used := v_used || v_near.word;
          end if;
          v_terms := v_terms || v_near.lexeme;
        end loop;
        v_count := count_postings(p_tenant, v_terms, c_most + 1);
      end if;
      if v_count > 0 then
        v_word_query := case when v_word_query is null then any_term(v_terms) else v_word_query && any_term(v_terms) end;
        if v_count < v_driver_count or v_driver is null then
          v_driver := v_terms;
          v_driver_count := v_count;
        end if;
      end if;
    end if;
  end loop;
  v_query := v_word_query;
  if v_is_corrected then
    corrected := array_to_string(v_used, ' ');
  end if;
  if p_words is not null and v_query is null then
    facets := '[]';
    return next;
    return;
  end if;

  -- Groups: -2 the category, -1 the collection, 0 and above the properties.
  for v_group, v_terms in
    select -2, coalesce(array_agg('c:' || below.category_id), '{}')
    from category as top
    join category as below on below.tenant_id = p_tenant and top.category_id = any(below.path)
    where p_category is not null
      and top.tenant_id = p_tenant
      and (top.category_id = p_category or top.slug = p_category)
    union all
    select -1, coalesce(array_agg('l:' || l.collection_id), '{}')
    from collection as l
    where p_collection is not null
      and l.tenant_id = p_tenant
      and (l.collection_id = p_collection or l.slug = p_collection)
    union all
    select f.number, array_agg(f.term)
    from unnest(p_facet_groups, p_facet_terms) as f (number, term)
    group by f.number
  loop
    if not (v_group = -2 and p_category is null or v_group = -1 and p_collection is null) then
      v_count := count_postings(p_tenant, v_terms, c_most + 1);
      if v_count = 0 then
        facets := '[]';
        return next;
        return;
      end if;
      v_query := case when v_query is null then any_term(v_terms) else v_query && any_term(v_terms) end;
      if v_count < v_driver_count or v_driver is null then
        v_driver := v_terms;
        v_driver_count := v_count;
      end if;
    end if;
  end loop;

  if v_driver is not null and (v_driver_count <= c_most or p_sort = 'relevance' and v_word_query is not null) then
    -- The rarest group names the candidates: all of them, or the best 2,000 by grade.
    select array_agg(
      m.product_id
      order by case when p_sort = 'price_asc' then m.min_amount when p_sort = 'price_desc' then -m.min_amount end,
        case when p_sort = 'title' then m.title_key end,
        m.rank desc, m.publish_at desc, m.product_id desc)
    into v_all
    from (
      select l.product_id, l.publish_at, l.title_key, a.min_amount,
        case when p_sort = 'relevance' and v_word_query is not null
          then ts_rank(l.document, v_word_query, 1) else 0 end as rank
      from (
        select distinct p.product_id
        from posting as p
        where v_driver_count <= c_most and p.tenant_id = p_tenant and p.term = any(v_driver)
        union all
        select distinct best.product_id
        from (
          select b.product_id
          from unnest(v_driver) as t
          cross join lateral (
            select p.product_id, p.grade
            from posting as p
            where v_driver_count > c_most and p.tenant_id = p_tenant and p.term = t
            order by p.grade, p.product_id
            limit 2000
          ) as b
          order by b.grade
          limit 2000
        ) as best
      ) as candidate
      join listing as l on l.tenant_id = p_tenant and l.product_id = candidate.product_id
      left join lateral (
        select a.min_amount
        from listing_price as a
        where a.tenant_id = p_tenant
          and a.product_id = l.product_id
          and a.currency = v_currency
          and a.starts_at <= p_now
          and a.ends_at > p_now
      ) as a on true
      where l.publish_at <= p_now
        and l.document @@ v_query
        and (p_min is null or a.min_amount >= p_min)
        and (p_max is null or a.min_amount <= p_max)
        and (p_sort not in ('price_asc', 'price_desc') or a.min_amount is not null)
        and (not p_only_available or l.fallback <> 'out_of_stock' or has_stock(p_tenant, l.product_id))
    ) as m;
    v_all := coalesce(v_all, '{}');
    total_count := cardinality(v_all);
    is_capped := v_driver_count > c_most;
    v_ids := v_all[p_offset + 1 : p_offset + p_limit];
  else
    v_ids := walk_listings(
      p_tenant, p_now, v_query, v_currency, p_min, p_max, p_only_available, p_sort, p_offset, p_limit);
    v_all := case when p_with_facets then walk_listings(
      p_tenant, p_now, v_query, v_currency, p_min, p_max, p_only_available, p_sort, 0, c_most) end;
    if v_query is null and not v_filters then
      select count(*) into total_count
      from (
        select
        from listing as l
        where l.tenant_id = p_tenant and l.publish_at <= p_now
        limit c_most + 1
      ) as found;
    else
      total_count := cardinality(coalesce(v_all, walk_listings(
        p_tenant, p_now, v_query, v_currency, p_min, p_max, p_only_available, p_sort, 0, c_most + 1)));
    end if;
    is_capped := total_count > c_most;
    total_count := least(total_count, c_most);
  end if;

  select coalesce(json_agg(json_build_object(
    'id', l.product_id, 'slug', l.slug, 'title', l.title, 'brand', l.brand,
    'image', l.image_url, 'alt', l.image_alt,
    'min', a.min_amount, 'max', a.max_amount, 'compare', a.compare_at,
    'availability', case
      when l.fallback = 'in_stock' or has_stock(p_tenant, l.product_id) then 'in_stock' else l.fallback end
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
  ) as a on true;

  if p_with_facets then
    select coalesce(json_agg(json_build_object('facet', f.facet, 'count', f.count)
      order by f.count desc, f.facet collate "C"), '[]')
    into facets
    from (
      select u.facet, count(*) as count
      from unnest(v_all) as i (product_id)
      join listing as l on l.tenant_id = p_tenant and l.product_id = i.product_id
      cross join unnest(l.facets) as u (facet)
      group by u.facet
    ) as f;
  end if;
  return next;
end
$$;

-- Ids of listed products along the index of an order, until there are enough.
create function walk_listings(
  p_tenant text, p_now timestamptz, p_query tsquery, p_currency text, p_min bigint, p_max bigint,
  p_only_available boolean, p_sort text, p_offset integer, p_limit integer)
returns text[]
language plpgsql stable
as $$
begin
  if p_sort = 'price_asc' or p_sort = 'price_desc' then
    -- Both directions of one index; the other one ends before its first row.
    return array(
      (select a.product_id
      from listing_price as a
      join listing as l on l.tenant_id = p_tenant and l.product_id = a.product_id
      where p_sort = 'price_asc'
        and a.tenant_id = p_tenant
        and a.currency = p_currency
        and a.starts_at <= p_now
        and a.ends_at > p_now
        and (p_min is null or a.min_amount >= p_min)
        and (p_max is null or a.min_amount <= p_max)
        and l.publish_at <= p_now
        and (p_query is null or l.document @@ p_query)
        and (not p_only_available or l.fallback <> 'out_of_stock' or has_stock(p_tenant, l.product_id))
      order by a.min_amount, a.product_id
      limit p_limit offset p_offset)
      union all
      (select a.product_id
      from listing_price as a
      join listing as l on l.tenant_id = p_tenant and l.product_id = a.product_id
      where p_sort = 'price_desc'
        and a.tenant_id = p_tenant
        and a.currency = p_currency
        and a.starts_at <= p_now
        and a.ends_at > p_now
        and (p_min is null or a.min_amount >= p_min)
        and (p_max is null or a.min_amount <= p_max)
        and l.publish_at <= p_now
        and (p_query is null or l.document @@ p_query)
        and (not p_only_available or l.fallback <> 'out_of_stock' or has_stock(p_tenant, l.product_id))
      order by a.min_amount desc, a.product_id desc
      limit p_limit offset p_offset));
  end if;
  return array(
    (select l.product_id
    from listing as l
    where p_sort = 'title'
      and l.tenant_id = p_tenant
      and l.publish_at <= p_now
      and (p_query is null or l.document @@ p_query)
      and (p_min is null and p_max is null
        or costs_between(p_tenant, l.product_id, p_currency, p_now, p_min, p_max))
      and (not p_only_available or l.fallback <> 'out_of_stock' or has_stock(p_tenant, l.product_id))
    order by l.title_key, l.product_id
    limit p_limit offset p_offset)
    union all
    (select l.product_id
    from listing as l
    where p_sort <> 'title'
      and l.tenant_id = p_tenant
      and l.publish_at <= p_now
      and (p_query is null or l.document @@ p_query)
      and (p_min is null and p_max is null
        or costs_between(p_tenant, l.product_id, p_currency, p_now, p_min, p_max))
      and (not p_only_available or l.fallback <> 'out_of_stock' or has_stock(p_tenant, l.product_id))
    order by l.publish_at desc, l.product_id desc
    limit p_limit offset p_offset));
end
$$;

-- Ends of what was typed.
create function shop_words(p_tenant text, p_begin text) returns table (word text)
language plpgsql
set search_path from current
as $$
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  return query
  select w.word
  from words_from(p_tenant, p_begin, 200) as w
  order by length(w.word), w.word
  limit 8;
end
$$;

-- One product of the shop by its id or slug; no row when it is not there.
create function shop_product(p_tenant text, p_now timestamptz, p_product text, p_currency text)
returns table (product json)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
as $$
declare
  v_currency text;
  v_id text;
begin
  perform set_config('purser.tenant_id', p_tenant, true);
  v_currency := coalesce(
    p_currency, (select s.default_currency from settings as s where s.tenant_id = p_tenant), 'USD');
  select p.product_id into v_id from product as p where p.tenant_id = p_tenant and p.slug = p_product;
  v_id := coalesce(v_id, p_product);
  return query
  select json_build_object(
    'id', p.product_id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'brand', p.brand,
    'images', p.images, 'options', p.options, 'attributes', p.attributes,
    'seo_title', p.seo_title, 'seo_description', p.seo_description,
    'publish_at', p.publish_at, 'currency', v_currency,
    'categories', (
      select coalesce(json_agg(json_build_object('id', c.category_id, 'slug', c.slug, 'title', c.title)
        order by c.path), '[]')
      from category as c
      where c.tenant_id = p_tenant and c.category_id = any(p.category_ids)
    ),
    'variants', (
      select coalesce(json_agg(json_build_object(
        'id', v.variant_id, 'sku', v.sku, 'values', v.option_values, 'weight', v.weight_grams,
        'policy', v.stock_policy, 'amount', a.amount_minor, 'compare', a.compare_at_minor,
        'available', s.available) order by v.position), '[]')
      from variant as v
      left join lateral price_at(p_tenant, v.variant_id, v_currency, '', p_now) as a on true
      cross join lateral (
        select coalesce(sum(s.on_hand - s.reserved), 0) as available
        from stock_level as s
        where s.tenant_id = p_tenant and s.variant_id = v.variant_id
      ) as s
      where v.tenant_id = p_tenant and v.product_id = p.product_id and v.is_active
    )
  )
  from product as p
  where p.tenant_id = p_tenant
    and p.product_id = v_id
    and p.status = 'published'
    and p.publish_at <= p_now;
end
$$;
