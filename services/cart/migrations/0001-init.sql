-- Carts of guests and shoppers, their lines, coupons, and which order ended which cart.

-- What takes something off goods. The count of redemptions is guarded here, whatever a program does.
create table coupon (
  tenant_id text not null,
  coupon_id text not null,
  -- In capitals.
  code text not null
    constraint coupon_code_form check (code ~ '^[A-Z0-9_-]{1,40}$'),
  -- Hundredths of a percent.
  percent_hundredths integer
    constraint coupon_percent_range check (percent_hundredths between 1 and 10000),
  amount_minor bigint
    constraint coupon_amount_positive check (amount_minor > 0),
  minimum_minor bigint
    constraint coupon_minimum_positive check (minimum_minor > 0),
  -- Of its amounts.
  currency char(3),
  starts_at timestamptz,
  ends_at timestamptz,
  -- 0 for any number.
  max_redemptions bigint not null
    constraint coupon_max_not_negative check (max_redemptions >= 0),
  redeemed_count bigint not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  primary key (tenant_id, coupon_id),
  constraint coupon_code_unique unique (tenant_id, code),
  constraint coupon_one_reduction check ((percent_hundredths is null) <> (amount_minor is null)),
  constraint coupon_amounts_have_currency
    check ((currency is null) = (amount_minor is null and minimum_minor is null)),
  constraint coupon_redeemed_within_max
    check (redeemed_count >= 0 and (max_redemptions = 0 or redeemed_count <= max_redemptions)),
  constraint coupon_ends_after_start check (ends_at > starts_at)
);
select protect_tenant_table('coupon');

-- A cart. It belongs to whoever has the token, or to a person; of a person there is one that is open.
-- Whoever changes it or its lines holds the lock of its row.
create table cart (
  tenant_id text not null,
  cart_id text not null,
  state text not null
    constraint cart_state_known check (state in ('open', 'ordered', 'merged', 'expired')),
  -- Rises with every change.
  version bigint not null
    constraint cart_version_positive check (version >= 1),
  currency char(3) not null,
  -- Person whose cart it is, or into whose cart it was merged; empty for a guest's.
  user_id text not null,
  -- SHA-256 of the token that opens a guest's: the token itself is kept nowhere.
  token_hash bytea
    constraint cart_token_hash_length check (octet_length(token_hash) = 32),
  note text not null
    constraint cart_note_length check (length(note) <= 1000),
  coupon_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expire_at timestamptz not null,
  primary key (tenant_id, cart_id),
  foreign key (tenant_id, coupon_id) references coupon
);
create unique index cart_one_open_of_a_person on cart (tenant_id, user_id)
  where state = 'open' and user_id <> '';
create unique index cart_by_token on cart (tenant_id, token_hash) where token_hash is not null;
create index cart_by_user on cart (tenant_id, user_id) where user_id <> '';
create index cart_by_state on cart (tenant_id, state, cart_id);
create index cart_by_coupon on cart (tenant_id, coupon_id) where coupon_id is not null;
create index cart_due on cart (expire_at) where state = 'open';
create index cart_ended on cart (updated_at) where state <> 'open';
select protect_tenant_table('cart', allow_system => true);

-- A line: so many units of a variant, or a plan; each thing once in a cart.
create table cart_item (
  tenant_id text not null,
  cart_id text not null,
  item_id text not null,
  kind text not null
    constraint cart_item_kind_known check (kind in ('variant', 'plan')),
  thing_id text not null,
  quantity integer not null
    constraint cart_item_quantity_range check (quantity between 1 and 99999),
  -- Price of a unit when the line was put in or changed last, for telling what changed.
  seen_minor bigint not null,
  seen_currency char(3) not null,
  primary key (tenant_id, cart_id, item_id),
  foreign key (tenant_id, cart_id) references cart on delete cascade,
  constraint cart_item_thing_once unique (tenant_id, cart_id, kind, thing_id),
  constraint cart_item_one_plan check (kind <> 'plan' or quantity = 1)
);
select protect_tenant_table('cart_item');

-- What orders did with carts. A row that is reopened keeps a CloseCart that is late from acting.
create table cart_order (
  tenant_id text not null,
  order_id text not null,
  cart_id text not null,
  state text not null
    constraint cart_order_state_known check (state in ('closed', 'reopened')),
  -- Coupon that it redeemed.
  coupon_id text,
  created_at timestamptz not null,
  primary key (tenant_id, order_id),
  foreign key (tenant_id, cart_id) references cart on delete cascade,
  foreign key (tenant_id, coupon_id) references coupon
);
create unique index cart_order_one_of_a_cart on cart_order (tenant_id, cart_id)
  where state = 'closed';
create index cart_order_by_cart on cart_order (tenant_id, cart_id);
create index cart_order_by_coupon on cart_order (tenant_id, coupon_id) where coupon_id is not null;
select protect_tenant_table('cart_order');
