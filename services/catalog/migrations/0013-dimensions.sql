-- Length, width and height of one unit in millimetres; null for what was not measured.
alter table variant
  add column dimensions_mm integer[]
    constraint variant_dimensions
      check (cardinality(dimensions_mm) = 3 and 1 <= all (dimensions_mm) and 100000 >= all (dimensions_mm));

-- The page of a product tells of each variant whether it has to be delivered, and how large it is.
create or replace function shop_product(p_tenant text, p_now timestamptz, p_product text, p_currency text)
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
        'requires_shipping', v.requires_shipping, 'dimensions', v.dimensions_mm, 'policy', v.stock_policy, 'amount', a.amount_minor, 'compare', a.compare_at_minor,
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
