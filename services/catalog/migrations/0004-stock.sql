-- Stock, its ledger and its reservations. The lock of a level's row is the lock of everything about its units: of its
-- counters, and of the reservation lines that hold them. Rows are locked by variant and location, in this order.

create table location (
  tenant_id text not null,
  location_id text not null,
  title text not null,
  position integer not null,
  primary key (tenant_id, location_id)
);
select protect_tenant_table('location');

create table stock_level (
  tenant_id text not null,
  variant_id text not null,
  location_id text not null,
  product_id text not null,
  on_hand bigint not null,
  reserved bigint not null,
  backordered bigint not null,
  owed bigint not null,
  low_stock_threshold bigint,
  -- Whether `stock.low` was told since the level was above its threshold.
  is_low boolean not null,
  primary key (tenant_id, variant_id, location_id),
  constraint stock_level_never_oversold check (0 <= reserved and reserved <= on_hand),
  constraint stock_level_bounds check (on_hand <= 1000000000000),
  constraint stock_level_beyond check (backordered >= 0 and owed >= 0),
  foreign key (tenant_id, variant_id) references variant,
  foreign key (tenant_id, location_id) references location
) with (fillfactor = 70);
create index stock_level_by_product on stock_level (tenant_id, product_id);
create index stock_level_by_location on stock_level (tenant_id, location_id);
-- Whether any variant of a product is there.
create function has_stock(p_tenant text, p_product text) returns boolean
language sql stable
begin atomic
  select exists (
    select
    from stock_level as s
    join variant as v on v.tenant_id = s.tenant_id and v.variant_id = s.variant_id and v.is_active
    where s.tenant_id = p_tenant and s.product_id = p_product and s.on_hand > s.reserved
  );
end;

select protect_tenant_table('stock_level');
select protect_tenant_table('variant');

-- What happened to a level; the changes of its entries add up to it. Only grows.
create table stock_movement (
  tenant_id text not null,
  movement_id bigint generated always as identity,
  variant_id text not null,
  location_id text not null,
  kind text not null
    constraint stock_movement_kind_known
    check (kind in ('initial', 'received', 'adjusted', 'reserved', 'released', 'sold', 'returned')),
  on_hand bigint not null,
  reserved bigint not null,
  backordered bigint not null,
  owed bigint not null,
  reservation_id text,
  order_id text,
  reason text not null,
  moved_at timestamptz not null,
  primary key (tenant_id, movement_id)
);
create index stock_movement_by_variant on stock_movement (tenant_id, variant_id, movement_id);
select protect_tenant_table('stock_movement');
revoke update, delete on stock_movement from purser_catalog;

create table reservation (
  tenant_id text not null,
  reservation_id text not null,
  state text not null
    constraint reservation_state_known check (state in ('open', 'committed', 'released', 'expired')),
  currency text not null,
  price_list_key text not null,
  -- The lines as they were priced and answered.
  lines jsonb not null,
  order_id text,
  expire_at timestamptz not null,
  created_at timestamptz not null,
  primary key (tenant_id, reservation_id),
  constraint reservation_order check ((state = 'committed') = (order_id is not null))
);
create index reservation_by_order on reservation (tenant_id, order_id) where order_id is not null;
select protect_tenant_table('reservation');

-- Units of a reservation at one location; empty for what is not counted.
create table reservation_line (
  tenant_id text not null,
  reservation_id text not null,
  variant_id text not null,
  location_id text not null,
  state text not null
    constraint reservation_line_state_known check (state in ('held', 'released', 'sold')),
  quantity bigint not null,
  backordered bigint not null,
  restocked bigint not null,
  expire_at timestamptz not null,
  primary key (tenant_id, reservation_id, variant_id, location_id),
  constraint reservation_line_units check (quantity >= 0 and backordered >= 0 and quantity + backordered > 0),
  constraint reservation_line_restocked check (
    restocked >= 0 and restocked <= quantity + backordered and (restocked = 0 or state = 'sold')),
  foreign key (tenant_id, reservation_id) references reservation
);
create index reservation_line_held on reservation_line (tenant_id, variant_id, expire_at) where state = 'held';
create index reservation_line_due on reservation_line (expire_at) where state = 'held';
-- The job that releases what has expired looks for tenants that have any.
select protect_tenant_table('reservation_line', allow_system => true);

-- What came back from orders, once for each id.
create table restock (
  tenant_id text not null,
  restock_id text not null,
  order_id text not null,
  lines jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, restock_id)
);
select protect_tenant_table('restock');
revoke update, delete on restock from purser_catalog;
