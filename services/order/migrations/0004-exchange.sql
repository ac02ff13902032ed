-- Exchanges: goods of an order come back, and another order replaces it. What was paid for the former pays for the
-- latter, so money of one payment may belong to several orders.

alter table sales_order
  -- Order that it replaces goods of; empty for none.
  add column exchange_of text not null default '',
  -- Of `paid_minor`, what came from that order: `[{ "paymentId", "amountMinor" }]` and its sum.
  add column credits jsonb not null default '[]',
  add column credit_minor bigint not null default 0,
  -- Of `paid_minor`, what has gone on to orders that replace goods of it.
  add column exchanged_minor bigint not null default 0,
  -- Checkout that exchanges goods of it at the moment: nothing comes or goes back until it has ended. Empty for none.
  add column held_by text not null default '',
  drop constraint sales_order_refunds_within_paid,
  add constraint sales_order_refunds_within_paid
    check (refunded_minor >= 0 and refunding_minor >= 0 and exchanged_minor >= 0
      and refunded_minor + refunding_minor + exchanged_minor <= paid_minor),
  add constraint sales_order_credit_within_paid
    check (credit_minor between 0 and paid_minor and (credit_minor = 0 or exchange_of <> '')),
  add constraint sales_order_own_payment_for_the_rest
    check (credit_minor = 0 or (payment_id = '') = (credit_minor = paid_minor));
create index sales_order_by_exchange_of on sales_order (tenant_id, exchange_of)
  where exchange_of <> '';

-- Payment that gives it back; empty for the order's own.
alter table order_refund add column payment_id text not null default '';

-- What was exchanged: `exchange_id` is the checkout that made the replacement.
create table order_exchange (
  tenant_id text not null,
  exchange_id text not null,
  order_id text not null,
  replacement_id text not null,
  return_id text not null,
  -- What was to be paid back for the goods; what of it pays for the replacement is in `credits`, as there.
  value_minor bigint not null,
  credit_minor bigint not null,
  credits jsonb not null,
  -- Price of the replacement less `value_minor`: what was paid, or, below zero, what is given back.
  difference_minor bigint not null,
  reason text not null,
  created_at timestamptz not null,
  primary key (tenant_id, exchange_id),
  foreign key (tenant_id, order_id) references sales_order,
  foreign key (tenant_id, replacement_id) references sales_order,
  constraint order_exchange_one_a_replacement unique (tenant_id, replacement_id),
  constraint order_exchange_one_a_return unique (tenant_id, return_id),
  constraint order_exchange_credit_within_value check (credit_minor between 0 and value_minor)
);
create index order_exchange_by_order on order_exchange (tenant_id, order_id, exchange_id);
select protect_tenant_table('order_exchange');
revoke update, delete on order_exchange from purser_order;

-- A checkout may make the replacement of an exchange: it has no cart, and holds the order instead.
alter table checkout
  drop constraint checkout_step_known,
  add constraint checkout_step_known check (step in (
    'reserve_stock', 'confirm_shipping', 'hold_order', 'close_cart', 'charge', 'subscribe', 'create_order',
    'commit_stock', 'confirm_order'
  ));
drop index checkout_one_alive_a_cart;
create unique index checkout_one_alive_a_cart on checkout (tenant_id, cart_id)
  where state in ('running', 'waiting', 'compensating') and cart_id <> '';
drop index checkout_one_order_a_cart;
create unique index checkout_one_order_a_cart on checkout (tenant_id, cart_id, cart_version)
  where state <> 'compensated' and cart_id <> '';
