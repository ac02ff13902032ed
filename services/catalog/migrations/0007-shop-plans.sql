-- The reads of migration 0006 with plans that cannot go astray: candidates are found by one statement and looked at by
-- the next, joins happen in the order in which they are written, nothing calls a function for each row, and every list
-- that is walked has an end (decision 0034).

drop function shop_page;
drop function walk_listings;
drop function costs_between;
drop function has_stock;

-- Terms of which a product has any, and how many postings they have, counted up to 5,001.
create type term_group as (terms text[], count integer);

-- Groups of which a product has all; `used` are the words, null when they are those that were asked for.
create type word_search as (groups term_group[], used text[]);

-- The search for words: as they are, as the begin of one for the last, or the nearest that are known.
create function search_words(p_tenant text, p_words text[], p_key_words integer[], p_keys text[]) returns word_search
language plpgsql stable
as $$
declare
  v_search word_search;
  v_used text[] := '{}';
  v_terms text[];
  v_count integer;
  v_near search_word;
  v_is_corrected boolean := false;
begin
  v_search.groups := '{}';
  for v_index in 1 .. coalesce(cardinality(p_words), 0) loop
    v_terms := tsvector_to_array(to_tsvector('english', p_words[v_index]));
    -- A word such as "the" finds nothing and everything.
    continue when v_terms = '{}';
    if v_index = cardinality(p_words) and length(p_words[v_index]) >= 2 then
      v_terms := v_terms || array(
        select distinct w.lexeme
        from words_from(p_tenant, p_words[v_index], 20) as w
        where w.lexeme <> all (v_terms));
    end if;
    v_count := count_postings(p_tenant, v_terms, 5001);
    if v_count > 0 then
      v_used := v_used || p_words[v_index];
    else
      v_is_corrected := true;
      v_terms := '{}';
      for v_near in
        select n.tenant_id, n.word, n.lexeme, n.trigram_count
        from words_near(p_tenant, array(
          select k.key from unnest(p_key_words, p_keys) as k (word, key) where k.word = v_index)) as n
      loop
        if v_terms = '{}' then
          v_used := v_used || v_near.word;
        end if;
        v_terms := v_terms || v_near.lexeme;
      end loop;
      v_count := count_postings(p_tenant, v_terms, 5001);
    end if;
    if v_count > 0 then
      v_search.groups := v_search.groups || row(v_terms, v_count)::term_group;
    end if;
  end loop;
  if v_is_corrected then
    v_search.used := v_used;
  end if;
  return v_search;
end
$$;

-- A query of search for one of each group; null for no group.
create function all_groups(p_groups term_group[]) returns tsquery
language plpgsql immutable
as $$
declare
  v_query tsquery;
  v_group term_group;
begin
  foreach v_group in array p_groups loop
    v_query := case when v_query is null then any_term(v_group.terms) else v_query && any_term(v_group.terms) end;
  end loop;
  return v_query;
end
$$;

-- Products of the rarest of the groups, or with `p_both` of the two rarest; those that have them most prominently first,
-- then the newest. Complete up to 5,000; of more, those that come first.
create function group_candidates(p_tenant text, p_groups term_group[], p_both boolean) returns text[]
language plpgsql stable
as $$
begin
  if p_both then
    return array(
      select b.product_id
      from (
        select p.product_id, min(p.grade) as grade
        from posting as p
        where p.tenant_id = p_tenant and p.term = any(p_groups[1].terms)
        group by p.product_id
        union all
        select p.product_id, min(p.grade)
        from posting as p
        where p.tenant_id = p_tenant and p.term = any(p_groups[2].terms)
        group by p.product_id
      ) as b
      group by b.product_id
      having count(*) = 2
      order by sum(b.grade), b.product_id collate "C" desc
      limit 5001);
  end if;
  return array(
    select b.product_id
    from unnest(p_groups[1].terms) as t
    cross join lateral (
      select p.product_id, p.grade
      from posting as p
      where p.tenant_id = p_tenant and p.term = t
      order by p.grade, p.product_id
      -- Enough to fill the answer from what has the term in its title, without reading all that has it anywhere.
      limit 20000
    ) as b
    group by b.product_id
    order by min(b.grade), b.product_id collate "C" desc
    limit 5001);
end
$$;

-- Ids of listed products in an order, until there are enough or `p_look` were looked at. What is asked of them besides
-- the order is planned each time, which costs less than a wrong way through a large shop.
create function walk_listings(
  p_tenant text, p_now timestamptz, p_query tsquery, p_currency text, p_min bigint, p_max bigint,
  p_only_available boolean, p_sort text, p_look integer, p_offset integer, p_limit integer)
returns text[]
language plpgsql stable
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
  if p_sort in ('newest', 'relevance') and p_query is null and p_min is null and p_max is null
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
    v_filter := ' and l.starts_at <= $2 and l.ends_at > $2 and d.publish_at <= $2';
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
  if p_query is not null then
    v_filter := v_filter || ' and d.document @@ $3';
  end if;
  if p_only_available then
    v_filter := v_filter || $filter$ and (d.fallback <> 'out_of_stock' or (
      select true
      from stock_level as s
      join variant as v on v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and v.is_active
      where s.tenant_id = $1 and s.product_id = d.product_id and s.on_hand > s.reserved
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
  using p_tenant, p_now, p_query, p_currency, p_min, p_max, p_look, p_offset, p_limit;
  return v_ids;
end
$$;

-- Candidates that are what is asked for, in the order asked for. `p_query` is null when they are known to match.
-- Of those in the order of relevance, the first 300 are ranked by their whole documents.
create function sift_candidates(
  p_tenant text, p_now timestamptz, p_candidates text[], p_query tsquery, p_word_query tsquery, p_currency text,
  p_min bigint, p_max bigint, p_only_available boolean, p_sort text)
returns text[]
language plpgsql stable
as $$
begin
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
        where (p_min is not null or p_max is not null or p_sort in ('price_asc', 'price_desc'))
          and a.tenant_id = p_tenant
          and a.product_id = l.product_id
          and a.currency = p_currency
          and a.starts_at <= p_now
          and a.ends_at > p_now
      ) as a on true
      where l.publish_at <= p_now
        and (p_query is null or l.document @@ p_query)
        and (p_min is null or a.min_amount >= p_min)
        and (p_max is null or a.min_amount <= p_max)
        and (p_sort not in ('price_asc', 'price_desc') or a.min_amount is not null)
        and (not p_only_available or l.fallback <> 'out_of_stock' or (
          select true
          from stock_level as s
          join variant as v on v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and v.is_active
          where s.tenant_id = p_tenant and s.product_id = l.product_id and s.on_hand > s.reserved
          limit 1))
    ) as m
    order by case p_sort when 'price_asc' then m.min_amount when 'price_desc' then -m.min_amount end,
      case when p_sort = 'title' then m.title_key end,
      m.rank desc,
      case when p_sort = 'relevance' and p_word_query is not null then m.place end,
      m.publish_at desc, m.product_id collate "C" desc);
end
$$;

-- Products in the shop whose cheapest variant costs so much; up to 5,001.
create function priced_candidates(
  p_tenant text, p_now timestamptz, p_currency text, p_min bigint, p_max bigint) returns text[]
language plpgsql stable
as $$
begin
  return array(
    select a.product_id
    from listing_price as a
    where a.tenant_id = p_tenant
      and a.currency = p_currency
      and a.min_amount >= coalesce(p_min, 0)
      and a.min_amount <= coalesce(p_max, 1000000000000)
      and a.starts_at <= p_now
      and a.ends_at > p_now
    limit 5001);
end
$$;
