-- Checkouts (the saga), step by step, and the orders that come of them.

-- A checkout. `step` is what it is doing, written before it is done; `due_at` is when somebody looks after it, if
-- nobody has ended it by then: the end of the worker's lease while `is_leased`, otherwise the next try.
create table checkout (
  tenant_id text not null,
  checkout_id text not null,
  state text not null
    constraint checkout_state_known
      check (state in ('running', 'waiting', 'compensating', 'done', 'compensated')),
  step text
    constraint checkout_step_known check (step in (
      'reserve_stock', 'confirm_shipping', 'close_cart', 'charge', 'subscribe', 'create_order',
      'commit_stock', 'confirm_order'
    )),
  -- Number of the row of its history that is under way, or of the last one.
  step_number integer not null,
  -- Rises with every change: whoever wants to change it must have seen it as it is.
  version integer not null,
  cart_id text not null,
  cart_version bigint not null,
  -- SHA-256 of what was asked for.
  request_hash bytea not null
    constraint checkout_request_hash_length check (octet_length(request_hash) = 32),
  -- SHA-256 of the caller and their idempotency key; null without one.
  key_hash bytea
    constraint checkout_key_hash_length check (octet_length(key_hash) = 32),
  -- SHA-256 of the person, or of the token of the guest's cart: who may go on with it.
  owner_hash bytea not null
    constraint checkout_owner_hash_length check (octet_length(owner_hash) = 32),
  -- Person who buys; empty for a guest.
  user_id text not null,
  account_id text not null,
  order_id text not null,
  payment_id text not null,
  -- What was asked for, with name and addresses: emptied once there is an order, or will be none.
  request jsonb not null,
  -- What is known so far: prices, shipping, what became of the payment.
  facts jsonb not null,
  -- Why there is no order: code, message, fields and details of the refusal.
  failure jsonb,
  is_leased boolean not null,
  due_at timestamptz,
  -- How often the step that is under way was tried in vain.
  attempt_count integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, checkout_id),
  constraint checkout_ends_or_is_due
    check ((state in ('done', 'compensated')) = (due_at is null)
      and (state in ('done', 'compensated')) = (step is null)),
  constraint checkout_failed_with_reason
    check ((state in ('compensating', 'compensated')) = (failure is not null)),
  constraint checkout_forgets_what_it_needs_no_more
    check (state in ('running', 'waiting') or request = '{}'::jsonb),
  constraint checkout_leased_while_at_work
    check (not is_leased or state in ('running', 'compensating'))
);
-- One cart is bought once, and by one checkout at a time.
create unique index checkout_one_alive_a_cart on checkout (tenant_id, cart_id)
  where state in ('running', 'waiting', 'compensating');
create unique index checkout_one_order_a_cart on checkout (tenant_id, cart_id, cart_version)
  where state <> 'compensated';
create unique index checkout_one_a_key on checkout (tenant_id, key_hash) where key_hash is not null;
create index checkout_due on checkout (due_at) where due_at is not null;
create index checkout_by_state on checkout (tenant_id, state, checkout_id);
select protect_tenant_table('checkout', allow_system => true);

-- Every step of a checkout: its intent, and how it ended.
create table checkout_step (
  tenant_id text not null,
  checkout_id text not null,
  number integer not null
    constraint checkout_step_number_positive check (number >= 1),
  step text not null,
  direction text not null
    constraint checkout_step_direction_known check (direction in ('do', 'undo')),
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text
    constraint checkout_step_outcome_known check (outcome in ('done', 'refused')),
  detail text not null default '',
  primary key (tenant_id, checkout_id, number),
  foreign key (tenant_id, checkout_id) references checkout,
  constraint checkout_step_ends_with_outcome check ((ended_at is null) = (outcome is null))
);
select protect_tenant_table('checkout_step');
revoke delete on checkout_step from purser_order;

-- Numbers of orders, one count a tenant.
create table order_count (
  tenant_id text not null primary key,
  last_number bigint not null
);
select protect_tenant_table('order_count');

-- An order, made by one checkout and paid by one payment.
create table sales_order (
  tenant_id text not null,
  order_id text not null,
  number bigint not null,
  checkout_id text not null,
  user_id text not null,
  account_id text not null,
  email text not null,
  recipient text not null,
  phone text not null,
  shipping_address jsonb not null,
  billing_address jsonb not null,
  note text not null,
  state text not null
    constraint sales_order_state_known check (state in (
      'pending', 'confirmed', 'paid', 'fulfilling', 'shipped', 'delivered', 'completed', 'canceled',
      'refunded', 'returned'
    )),
  -- Number of the last row of its history.
  version integer not null,
  currency char(3) not null,
  items_minor bigint not null,
  discount_minor bigint not null,
  shipping_minor bigint not null,
  total_minor bigint not null,
  -- What was taken, what was given back, and what is being given back.
  paid_minor bigint not null,
  refunded_minor bigint not null default 0,
  refunding_minor bigint not null default 0,
  -- Empty for an order that costs nothing.
  payment_id text not null,
  shipping_method_key text not null,
  shipping_title text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, order_id),
  constraint sales_order_number_unique unique (tenant_id, number),
  constraint sales_order_one_a_checkout unique (tenant_id, checkout_id),
  constraint sales_order_adds_up
    check (items_minor >= 0 and discount_minor >= 0 and shipping_minor >= 0 and total_minor >= 0
      and total_minor = items_minor - discount_minor + shipping_minor),
  constraint sales_order_paid_is_total check (paid_minor = total_minor),
  constraint sales_order_refunds_within_paid
    check (refunded_minor >= 0 and refunding_minor >= 0
      and refunded_minor + refunding_minor <= paid_minor),
  constraint sales_order_refunded_in_full
    check (state <> 'refunded' or refunded_minor = paid_minor)
);
create unique index sales_order_one_a_payment on sales_order (tenant_id, payment_id)
  where payment_id <> '';
create index sales_order_by_user on sales_order (tenant_id, user_id, order_id);
create index sales_order_by_account on sales_order (tenant_id, account_id, order_id);
create index sales_order_by_state on sales_order (tenant_id, state, order_id);
create index sales_order_by_email on sales_order (tenant_id, lower(email), order_id);
select protect_tenant_table('sales_order');
revoke delete on sales_order from purser_order;

-- What was bought, as it was priced.
create table order_line (
  tenant_id text not null,
  order_id text not null,
  line_number integer not null
    constraint order_line_number_positive check (line_number >= 1),
  kind text not null
    constraint order_line_kind_known check (kind in ('goods', 'plan')),
  -- Variant of goods, key of a plan.
  item_id text not null,
  product_id text not null,
  sku text not null,
  title text not null,
  variant_title text not null,
  slug text not null,
  image_url text not null,
  quantity bigint not null
    constraint order_line_quantity_positive check (quantity >= 1),
  unit_minor bigint not null
    constraint order_line_unit_not_negative check (unit_minor >= 0),
  -- What is paid for the line, its share of the discount taken off.
  paid_minor bigint not null,
  weight_grams integer not null,
  tax_category text not null,
  -- Units that left, that arrived, and that came back.
  shipped_quantity bigint not null default 0,
  delivered_quantity bigint not null default 0,
  returned_quantity bigint not null default 0,
  subscription_id text not null default '',
  primary key (tenant_id, order_id, line_number),
  foreign key (tenant_id, order_id) references sales_order,
  constraint order_line_paid_within_price
    check (paid_minor between 0 and unit_minor * quantity),
  constraint order_line_sent_within_quantity
    check (shipped_quantity between 0 and quantity and delivered_quantity between 0 and quantity),
  constraint order_line_returned_within_quantity
    check (returned_quantity between 0 and quantity),
  constraint order_line_plan_never_returns check (kind = 'goods' or returned_quantity = 0)
);
select protect_tenant_table('order_line');
revoke delete on order_line from purser_order;

-- Every change of an order's state. The constraint is the table of `domain/order-state.ts`; a test compares them.
create table order_transition (
  tenant_id text not null,
  order_id text not null,
  number integer not null
    constraint order_transition_number_positive check (number >= 1),
  from_state text,
  to_state text not null,
  -- Who or what caused it.
  cause text not null,
  created_at timestamptz not null,
  primary key (tenant_id, order_id, number),
  foreign key (tenant_id, order_id) references sales_order,
  constraint order_transition_first_is_pending
    check ((number = 1) = (from_state is null) and (number = 1) = (to_state = 'pending')),
  constraint order_transition_legal check (from_state is null or (from_state, to_state) in (
    ('pending', 'confirmed'), ('pending', 'canceled'),
    ('confirmed', 'paid'), ('confirmed', 'canceled'),
    ('paid', 'fulfilling'), ('paid', 'shipped'), ('paid', 'canceled'), ('paid', 'refunded'),
    ('fulfilling', 'shipped'), ('fulfilling', 'refunded'),
    ('shipped', 'delivered'), ('shipped', 'returned'), ('shipped', 'refunded'),
    ('delivered', 'completed'), ('delivered', 'returned'), ('delivered', 'refunded'),
    ('completed', 'returned'), ('completed', 'refunded')
  ))
);
select protect_tenant_table('order_transition');
revoke update, delete on order_transition from purser_order;

-- Money that is given back. While it is open, its amount is part of the order's `refunding_minor`; once it
-- succeeded, of `refunded_minor`. `refund_id` is the idempotency key at the payment.
create table order_refund (
  tenant_id text not null,
  refund_id text not null,
  order_id text not null,
  state text not null
    constraint order_refund_state_known check (state in ('open', 'succeeded', 'failed')),
  amount_minor bigint not null
    constraint order_refund_amount_positive check (amount_minor > 0),
  currency char(3) not null,
  reason text not null,
  failure_code text not null default '',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, refund_id),
  foreign key (tenant_id, order_id) references sales_order
);
create index order_refund_by_order on order_refund (tenant_id, order_id, refund_id);
select protect_tenant_table('order_refund');
revoke delete on order_refund from purser_order;

-- Goods that come back to the shelf, after a return or a cancellation. `return_id` is the restock's id at the catalog.
create table order_return (
  tenant_id text not null,
  return_id text not null,
  order_id text not null,
  -- `[{ "variantId", "quantity" }]`.
  lines jsonb not null,
  reason text not null,
  refund_id text not null,
  is_restocked boolean not null default false,
  created_at timestamptz not null,
  primary key (tenant_id, return_id),
  foreign key (tenant_id, order_id) references sales_order
);
create index order_return_by_order on order_return (tenant_id, order_id, return_id);
select protect_tenant_table('order_return');
revoke delete on order_return from purser_order;
