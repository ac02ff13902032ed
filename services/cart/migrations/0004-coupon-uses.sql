-- Which order used which coupon: a row for each use that counts. It outlives the cart, as an order may be called off when that
-- was removed long ago.
create table coupon_use (
  tenant_id text not null,
  order_id text not null,
  coupon_id text not null,
  created_at timestamptz not null,
  primary key (tenant_id, order_id),
  foreign key (tenant_id, coupon_id) references coupon
);
create index coupon_use_by_coupon on coupon_use (tenant_id, coupon_id);

alter table cart_order no force row level security;
insert into coupon_use (tenant_id, order_id, coupon_id, created_at)
select tenant_id, order_id, coupon_id, created_at
from cart_order
where state = 'closed'
  and coupon_id is not null;
alter table cart_order force row level security;
select protect_tenant_table('coupon_use');
revoke update on coupon_use from purser_cart;

alter table cart_order drop column coupon_id;
