-- The reads of migration 0008 for words that tens of thousands of products have: no candidate is read twice, as few are
-- sorted as are shown, and a walk asks a set whether a product has the words instead of its document.

-- Walked by price, without a look at the table.
drop index listing_price_by_amount;
create index listing_price_by_amount on listing_price (tenant_id, currency, min_amount, product_id)
  include (starts_at, ends_at);

drop function group_candidates;
drop function walk_listings;

-- Products of the rarest of the groups, or with `p_all` of all groups, and how many there are; a number above 5,000 says no
-- more than that. The first `p_most` of them: those that have the words of the two rarest groups most prominently first,
-- then the newest. All, in no order, when it is null.
create function group_candidates(
  p_tenant text, p_groups term_group[], p_all boolean, p_most integer, out candidates text[], out total integer)
language plpgsql stable
-- Room to ask a set of any size.
set hash_mem_multiplier = 100
as $$
declare
  v_grades integer[];
begin
  if p_all then
    select array_agg(b.product_id), array_agg(b.grade)
    into candidates, v_grades
    from (
      select b.product_id, min(b.first) + min(b.second) as grade
      from (
        select p.product_id, p.grade as first, null::smallint as second
        from posting as p
        where p.tenant_id = p_tenant and p.term = any(p_groups[1].terms)
        union all
        select p.product_id, null, p.grade
        from posting as p
        where p.tenant_id = p_tenant and p.term = any(p_groups[2].terms)
      ) as b
      group by b.product_id
      having min(b.first) + min(b.second) is not null
    ) as b;
    for v_index in 3 .. cardinality(p_groups) loop
      select array_agg(c.product_id), array_agg(c.grade)
      into candidates, v_grades
      from unnest(candidates, v_grades) as c (product_id, grade)
      -- `is true` keeps the planner from making a join of it, which would go through one of the two for each of the other.
      where (c.product_id in (
        select p.product_id from posting as p where p.tenant_id = p_tenant and p.term = any(p_groups[v_index].terms)
      )) is true;
    end loop;
    candidates := coalesce(candidates, '{}');
    total := cardinality(candidates);
    if p_most is not null then
      candidates := array(
        select c.product_id
        from unnest(candidates, v_grades) as c (product_id, grade)
        order by c.grade, c.product_id collate "C" desc
        limit p_most);
    end if;
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
        limit p_most
      ) as b
      group by b.product_id
      order by case when p_most is not null then min(b.grade) end,
        case when p_most is not null then b.product_id end collate "C" desc
      limit p_most);
    total := cardinality(candidates);
  end if;
end
$$;

-- Ids of listed products in an order, until there are enough or `p_look` were looked at. What is asked of them besides
-- the order is planned each time, which costs less than a wrong way through a large shop. `p_among`: no others; null for
-- all that are listed.
create function walk_listings(
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
  using p_tenant, p_now, p_query, p_currency, p_min, p_max, p_look, p_offset, p_limit, p_among;
  return v_ids;
end
$$;
