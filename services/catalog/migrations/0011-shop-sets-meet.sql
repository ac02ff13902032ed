-- Sets of words meet in hash joins, and of words that are many already no more is read than is shown.

-- Postgres hashes a set that is asked whether it holds something only if it is expected to fit into `work_mem` times this,
-- and reads it from its begin for each product otherwise. Eight megabytes, as by default, are the 150,000 products that have
-- a word; with a `work_mem` for 20,000, a list of 22,500 by price took 50 s in place of 0.05 s. It is a bound: a walk takes
-- about 56 bytes for each product that has the words. Joins need none: what does not fit is joined in parts.
alter function walk_listings(
  text, timestamptz, tsquery, text[], text, bigint, bigint, boolean, text, integer, integer, integer)
  set hash_mem_multiplier = 100;

-- Products of the rarest of the groups, or with `p_all` of all groups, and how many there are; a number above 5,000 says no
-- more than that. At least the first `p_most` of them: those that have the words of the two rarest groups most prominently
-- first, then the newest. All, in no order, when it is null.
create or replace function group_candidates(
  p_tenant text, p_groups term_group[], p_all boolean, p_most integer, out candidates text[], out total integer)
language plpgsql stable
set enable_hashjoin = on
set enable_nestloop = off
as $$
declare
  c_many constant integer := 5001;
  v_is_once boolean;
  v_is_many boolean;
  v_most integer := p_most;
begin
  if p_all then
    -- Planned each time: which of the sets is the small one is known then. A product comes once for each two terms of the
    -- two rarest groups that it has, and never more often for those of others.
    v_is_once := cardinality(p_groups[1].terms) = 1 and cardinality(p_groups[2].terms) = 1;
    execute format(
      'with found as materialized (
        select p1.product_id, %s as grade
        from posting as p1
        join posting as p2 on p2.tenant_id = $1
          and p2.term = any(($2[2]).terms)
          and p2.product_id = p1.product_id
        where p1.tenant_id = $1 and p1.term = any(($2[1]).terms) %s
        %s)
      select array(select f.product_id from found as f %s), (select count(*) from found)',
      case when v_is_once then 'p1.grade + p2.grade' else 'min(p1.grade + p2.grade)' end,
      (
        select string_agg(format(
          'and exists (
            select
            from posting as p
            where p.tenant_id = $1 and p.term = any(($2[%s]).terms) and p.product_id = p1.product_id)', place), ' ')
        from generate_series(3, cardinality(p_groups)) as place
      ),
      case when not v_is_once then 'group by p1.product_id' end,
      case when p_most is not null then 'order by f.grade, f.product_id collate "C" desc limit $3' end)
    into candidates, total
    using p_tenant, p_groups, p_most;
  elsif cardinality(p_groups[1].terms) = 1 then
    -- A product has a term once: nothing is to be sorted.
    candidates := array(
      (select p.product_id
      from posting as p
      where p.tenant_id = p_tenant and p.term = p_groups[1].terms[1] and p.grade = 0
      order by p.product_id desc
      limit p_most)
      union all
      (select p.product_id
      from posting as p
      where p.tenant_id = p_tenant and p.term = p_groups[1].terms[1] and p.grade = 1
      order by p.product_id desc
      limit p_most)
      union all
      (select p.product_id
      from posting as p
      where p.tenant_id = p_tenant and p.term = p_groups[1].terms[1] and p.grade = 2
      order by p.product_id desc
      limit p_most)
      union all
      (select p.product_id
      from posting as p
      where p.tenant_id = p_tenant and p.term = p_groups[1].terms[1] and p.grade = 3
      order by p.product_id desc
      limit p_most)
      limit p_most);
    total := greatest(cardinality(candidates), p_groups[1].count);
  else
    -- A product has a term once: together they have no fewer than one of them.
    v_is_many := p_groups[1].count >= c_many and exists (
      select from unnest(p_groups[1].terms) as t where count_postings(p_tenant, array[t], c_many) >= c_many);
    if not v_is_many and p_most < c_many then
      v_most := c_many;
    end if;
    -- The first of all are among the first of each term and grade.
    candidates := array(
      select b.product_id
      from unnest(p_groups[1].terms) as t
      cross join generate_series(0, 3) as g
      cross join lateral (
        select p.product_id, p.grade
        from posting as p
        where p.tenant_id = p_tenant and p.term = t and p.grade = g
        order by p.product_id desc
        limit v_most
      ) as b
      group by b.product_id
      order by case when v_most is not null then min(b.grade) end,
        case when v_most is not null then b.product_id end collate "C" desc
      limit v_most);
    total := greatest(cardinality(candidates), case when v_is_many then c_many end);
  end if;
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
  v_group integer;
  v_is_priced boolean := p_min is not null or p_max is not null;
  v_is_ranked boolean := p_sort = 'relevance' and p_words is not null;
  v_is_by_price boolean := p_sort in ('price_asc', 'price_desc');
  v_is_out boolean;
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
  if p_category is not null or p_collection is not null or p_facet_terms <> '{}' then
    -- Groups: -2 the category, -1 the collection, 0 and above the properties.
    for v_group, v_terms in
      select -2, array(
        select 'c:' || below.category_id
        from category as top
        join category as below on below.tenant_id = p_tenant and top.category_id = any(below.path)
        where top.tenant_id = p_tenant and (top.category_id = p_category or top.slug = p_category))
      where p_category is not null
      union all
      select -1, array(
        select 'l:' || l.collection_id
        from collection as l
        where l.tenant_id = p_tenant and (l.collection_id = p_collection or l.slug = p_collection))
      where p_collection is not null
      union all
      select f.number, array_agg(f.term)
      from unnest(p_facet_groups, p_facet_terms) as f (number, term)
      group by f.number
    loop
      v_count := count_postings(p_tenant, v_terms, c_most + 1);
      if v_count = 0 then
        return next;
        return;
      end if;
      v_groups := v_groups || row(v_terms, v_count)::term_group;
    end loop;
  end if;
  if cardinality(v_groups) > 1 then
    select array_agg(g order by g.count) into v_groups from unnest(v_groups) as g;
  end if;
  v_query := all_groups(v_groups);

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
    v_is_out := not exists (select from listing as l where l.tenant_id = p_tenant and l.publish_at > p_now);
    v_is_plain := v_is_ranked and v_is_matched and v_is_out and not v_is_priced and not p_only_available;
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
        p_tenant, p_now, v_candidates, case when not v_is_matched then v_query end, v_word_query, v_currency,
        p_min, p_max, p_only_available, p_sort);
      total_count := cardinality(v_all);
    end if;
    v_ids := v_all[p_offset + 1 : p_offset + p_limit];
  elsif v_is_priced or p_only_available or v_is_by_price then
    v_all := walk_listings(
      p_tenant, p_now, case when not v_is_matched then v_query end, v_among, v_currency, p_min, p_max,
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
      p_tenant, p_now, case when not v_is_matched then v_query end, v_among, v_currency, null, null, false, p_sort,
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
    join variant as v on v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and v.is_active
    where s.tenant_id = p_tenant and s.product_id = l.product_id and s.on_hand > s.reserved
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
