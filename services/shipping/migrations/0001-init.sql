-- Zones, methods and their rates; quotes; shipments, how they moved, and what carriers told.

-- Where methods deliver to.
create table zone (
  tenant_id text not null,
  zone_key text not null,
  title text not null,
  primary key (tenant_id, zone_key)
);
select protect_tenant_table('zone');

-- A piece of the world. It belongs to one zone, so that an address has one most specific area. Empty is all.
-- Region in lower case, postal prefix in capitals without spaces and hyphens: `domain/area.ts`.
create table zone_area (
  tenant_id text not null,
  zone_key text not null,
  country text not null
    constraint zone_area_country check (country ~ '^([A-Z]{2})?$'),
  region text not null,
  postal_prefix text not null,
  primary key (tenant_id, country, region, postal_prefix),
  foreign key (tenant_id, zone_key) references zone on delete cascade,
  constraint zone_area_world_has_no_parts
    check (country <> '' or (region = '' and postal_prefix = ''))
);
create index zone_area_by_zone on zone_area (tenant_id, zone_key);
select protect_tenant_table('zone_area');

-- A way to deliver.
create table method (
  tenant_id text not null,
  method_key text not null,
  title text not null,
  carrier text not null,
  carrier_service text not null,
  is_active boolean not null,
  position integer not null,
  primary key (tenant_id, method_key)
);
select protect_tenant_table('method');

-- What a method costs in a zone, in one currency.
create table rate (
  tenant_id text not null,
  method_key text not null,
  zone_key text not null,
  currency char(3) not null,
  basis text not null
    constraint rate_basis_known check (basis in ('weight', 'subtotal', 'pieces')),
  -- It costs nothing from this subtotal on.
  free_from_minor bigint
    constraint rate_free_from_not_negative check (free_from_minor >= 0),
  primary key (tenant_id, method_key, zone_key, currency),
  foreign key (tenant_id, method_key) references method on delete cascade,
  foreign key (tenant_id, zone_key) references zone
);
create index rate_by_zone on rate (tenant_id, zone_key, currency);
select protect_tenant_table('rate');

-- Steps of a rate. The last one may have no end.
create table rate_tier (
  tenant_id text not null,
  method_key text not null,
  zone_key text not null,
  currency char(3) not null,
  position smallint not null,
  -- Inclusive, in grams, minor units or pieces.
  up_to bigint
    constraint rate_tier_up_to_positive check (up_to > 0),
  price_minor bigint not null
    constraint rate_tier_price_not_negative check (price_minor >= 0),
  primary key (tenant_id, method_key, zone_key, currency, position),
  foreign key (tenant_id, method_key, zone_key, currency) references rate on delete cascade
);
select protect_tenant_table('rate_tier');

-- What a method costs for certain goods to a certain place, until it expires. Removed a day later.
create table quote (
  tenant_id text not null,
  quote_id text not null,
  -- SHA-256 of the goods and the place: `domain/consignment.ts`.
  fingerprint bytea not null
    constraint quote_fingerprint_length check (octet_length(fingerprint) = 32),
  method_key text not null,
  title text not null,
  carrier text not null,
  carrier_service text not null,
  currency char(3) not null,
  price_minor bigint not null
    constraint quote_price_not_negative check (price_minor >= 0),
  expires_at timestamptz not null,
  primary key (tenant_id, quote_id)
);
create index quote_by_expiry on quote (expires_at);
select protect_tenant_table('quote', allow_system => true);

-- The quote that an order is delivered by: one an order.
create table confirmation (
  tenant_id text not null,
  order_id text not null,
  quote_id text not null,
  fingerprint bytea not null
    constraint confirmation_fingerprint_length check (octet_length(fingerprint) = 32),
  method_key text not null,
  title text not null,
  carrier text not null,
  carrier_service text not null,
  currency char(3) not null,
  price_minor bigint not null
    constraint confirmation_price_not_negative check (price_minor >= 0),
  expires_at timestamptz not null,
  confirmed_at timestamptz not null,
  primary key (tenant_id, order_id)
);
select protect_tenant_table('confirmation');
revoke update, delete on confirmation from purser_shipping;

-- A line of an order, as the first shipment that named it told. What is in shipments that were neither canceled
-- nor failed never exceeds what was ordered.
create table order_line (
  tenant_id text not null,
  order_id text not null,
  order_line_id text not null,
  ordered_quantity bigint not null,
  sent_quantity bigint not null,
  primary key (tenant_id, order_id, order_line_id),
  constraint order_line_sent_within_ordered
    check (sent_quantity >= 0 and sent_quantity <= ordered_quantity)
);
select protect_tenant_table('order_line');
revoke delete on order_line from purser_shipping;

-- One parcel. It is here before its carrier is asked. `check_at` says when the carrier is asked again.
create table shipment (
  tenant_id text not null,
  shipment_id text not null,
  idempotency_key text not null,
  -- SHA-256 of what was asked for under the key.
  request_hash bytea not null
    constraint shipment_request_hash_length check (octet_length(request_hash) = 32),
  order_id text not null,
  account_id text not null,
  state text not null
    constraint shipment_state_known check (state in (
      'created', 'label_ready', 'shipped', 'in_transit', 'delivered', 'returned', 'canceled', 'failed'
    )),
  -- Number of the last row of its history.
  version integer not null,
  method_key text not null,
  carrier text not null,
  carrier_service text not null,
  tracking_number text not null default '',
  failure_code text not null default '',
  weight_grams bigint not null
    constraint shipment_weight_not_negative check (weight_grams >= 0),
  -- Name and address; null once they were erased.
  recipient jsonb,
  email text not null,
  -- Name and address were to be erased while it was under way: they go when it is there, at this time at the latest.
  erase_at timestamptz,
  check_at timestamptz,
  check_count integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, shipment_id),
  constraint shipment_idempotency_key_unique unique (tenant_id, idempotency_key),
  constraint shipment_tracked_with_label
    check (tracking_number <> '' or state in ('created', 'canceled', 'failed')),
  constraint shipment_failed_with_code check ((state = 'failed') = (failure_code <> '')),
  constraint shipment_checked_while_created check ((state = 'created') = (check_at is not null))
);
create index shipment_by_order on shipment (tenant_id, order_id, shipment_id);
create index shipment_by_state on shipment (tenant_id, state, shipment_id);
create index shipment_by_account on shipment (tenant_id, account_id) where account_id <> '';
create index shipment_by_email on shipment (tenant_id, email) where email <> '';
create index shipment_erased_later on shipment (erase_at) where erase_at is not null;
create index shipment_due on shipment (check_at) where check_at is not null;
select protect_tenant_table('shipment', allow_system => true);
revoke delete on shipment from purser_shipping;

-- What is in a shipment.
create table shipment_line (
  tenant_id text not null,
  shipment_id text not null,
  order_id text not null,
  order_line_id text not null,
  quantity bigint not null
    constraint shipment_line_quantity_positive check (quantity > 0),
  primary key (tenant_id, shipment_id, order_line_id),
  foreign key (tenant_id, shipment_id) references shipment,
  foreign key (tenant_id, order_id, order_line_id) references order_line
);
create index shipment_line_by_order_line on shipment_line (tenant_id, order_id, order_line_id);
select protect_tenant_table('shipment_line');
revoke update, delete on shipment_line from purser_shipping;

-- Every change of state. The constraint is the table of `domain/shipment-state.ts`; a test compares them.
create table shipment_transition (
  tenant_id text not null,
  shipment_id text not null,
  number integer not null
    constraint shipment_transition_number_positive check (number >= 1),
  from_state text,
  to_state text not null,
  -- Who or what caused it.
  cause text not null,
  created_at timestamptz not null,
  primary key (tenant_id, shipment_id, number),
  foreign key (tenant_id, shipment_id) references shipment,
  constraint shipment_transition_first_is_created
    check ((number = 1) = (from_state is null) and (number = 1) = (to_state = 'created')),
  constraint shipment_transition_legal check (from_state is null or (from_state, to_state) in (
    ('created', 'label_ready'), ('created', 'canceled'), ('created', 'failed'),
    ('label_ready', 'shipped'), ('label_ready', 'in_transit'), ('label_ready', 'delivered'),
    ('label_ready', 'returned'), ('label_ready', 'canceled'), ('label_ready', 'failed'),
    ('shipped', 'in_transit'), ('shipped', 'delivered'), ('shipped', 'returned'),
    ('shipped', 'failed'),
    ('in_transit', 'delivered'), ('in_transit', 'returned'), ('in_transit', 'failed'),
    ('delivered', 'returned')
  ))
);
select protect_tenant_table('shipment_transition');
revoke update, delete on shipment_transition from purser_shipping;

-- What carriers told, each event once.
create table tracking_event (
  tenant_id text not null,
  carrier text not null,
  event_id text not null,
  status text not null,
  -- Key of the label at the carrier.
  label_key text not null,
  disposition text not null
    constraint tracking_event_disposition_known
      check (disposition in ('applied', 'nothing_new', 'parked')),
  -- Why it is parked.
  detail text not null,
  received_at timestamptz not null,
  primary key (tenant_id, carrier, event_id)
);
create index tracking_event_by_label on tracking_event (tenant_id, label_key);
select protect_tenant_table('tracking_event');
