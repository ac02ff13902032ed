import { create } from '@bufbuild/protobuf'
import {
  type Cart as ProtoCart,
  CartCouponSchema,
  CartItemSchema,
  CartSchema,
  CartState as ProtoState,
  type ItemChange as ProtoChange,
  ItemChangeKind,
  ItemChangeSchema,
} from '@purser/contracts/cart/v1/contents'
import { CouponObstacle as ProtoObstacle } from '@purser/contracts/cart/v1/coupon'
import { toProtoTimestamp } from '@purser/rpc'
import type { CartState } from '../domain/cart.ts'
import type { CouponObstacle } from '../domain/coupon.ts'
import type { ItemChange, PricedCart, PricedItem } from '../domain/price-cart.ts'

const protoStates = {
  open: ProtoState.OPEN,
  ordered: ProtoState.ORDERED,
  merged: ProtoState.MERGED,
  expired: ProtoState.EXPIRED,
} as const satisfies Record<CartState, ProtoState>

const protoObstacles = {
  unknown: ProtoObstacle.UNKNOWN,
  inactive: ProtoObstacle.INACTIVE,
  not_started: ProtoObstacle.NOT_STARTED,
  ended: ProtoObstacle.ENDED,
  used_up: ProtoObstacle.USED_UP,
  other_currency: ProtoObstacle.OTHER_CURRENCY,
  below_minimum: ProtoObstacle.BELOW_MINIMUM,
} as const satisfies Record<CouponObstacle, ProtoObstacle>

const changeKinds = {
  price_changed: ItemChangeKind.PRICE_CHANGED,
  out_of_stock: ItemChangeKind.OUT_OF_STOCK,
  quantity_reduced: ItemChangeKind.QUANTITY_REDUCED,
  not_for_sale: ItemChangeKind.NOT_FOR_SALE,
  price_missing: ItemChangeKind.PRICE_MISSING,
} as const satisfies Record<ItemChange['kind'], ItemChangeKind>

/** A state as it is answered. */
export function toProtoState(state: CartState): ProtoState {
  return protoStates[state]
}

/** The state that a contract's value names; undefined for none. */
export function fromProtoState(wanted: ProtoState): CartState | undefined {
  const states = Object.entries(protoStates) as [CartState, ProtoState][]
  return states.find(([, proto]) => proto === wanted)?.[0]
}

/** A cart with its lines at the prices of a moment. */
export function toProtoCart(whole: PricedCart): ProtoCart {
  const { cart, coupon, couponObstacle, subtotalMinor, discountMinor, planMinor } = whole
  const money = (amountCents: bigint) => ({ amountCents, currency: cart.currency })
  return create(CartSchema, {
    cartId: cart.cartId,
    state: protoStates[cart.state],
    version: cart.version,
    currency: cart.currency,
    note: cart.note,
    items: whole.priced.map((item) => toProtoItem(item, money)),
    ...(coupon && {
      coupon: create(CartCouponSchema, {
        code: coupon.code,
        ...(couponObstacle && { obstacle: protoObstacles[couponObstacle] }),
      }),
    }),
    subtotal: money(subtotalMinor),
    discount: money(discountMinor),
    planTotal: money(planMinor),
    total: money(subtotalMinor - discountMinor),
    canBeOrdered: cart.state === 'open' && whole.canBeOrdered,
    createTime: toProtoTimestamp(cart.createdAt),
    updateTime: toProtoTimestamp(cart.updatedAt),
    ...(cart.state === 'open' && { expireTime: toProtoTimestamp(cart.expireAt) }),
  })
}

/** A person's own cart before anything was put in. */
export function emptyProtoCart(currency: string): ProtoCart {
  const nothing = { amountCents: 0n, currency }
  return create(CartSchema, {
    state: ProtoState.OPEN,
    currency,
    subtotal: nothing,
    discount: nothing,
    planTotal: nothing,
    total: nothing,
  })
}

type Amount = (amountCents: bigint) => { amountCents: bigint; currency: string }

function toProtoItem(priced: PricedItem, money: Amount) {
  const { item, offer, unitMinor, totalMinor, discountMinor } = priced
  const listMinor = unitMinor === undefined ? undefined : offer?.listMinor
  return create(CartItemSchema, {
    ...offer?.facts,
    itemId: item.itemId,
    variantId: item.kind === 'variant' ? item.thingId : '',
    planKey: item.kind === 'plan' ? item.thingId : '',
    quantity: item.quantity,
    ...(unitMinor !== undefined && { unitPrice: money(unitMinor) }),
    ...(listMinor !== undefined && { listPrice: money(listMinor) }),
    total: money(totalMinor),
    discount: money(discountMinor),
    changes: priced.changes.map((change) => toProtoChange(change, money)),
  })
}

/** A change as it is answered. */
export function toProtoChange(change: ItemChange, money: Amount): ProtoChange {
  return create(ItemChangeSchema, {
    kind: changeKinds[change.kind],
    ...(change.kind === 'price_changed' && {
      oldPrice: money(change.oldMinor),
      newPrice: money(change.newMinor),
    }),
    ...(change.kind === 'quantity_reduced' && { availableQuantity: change.available }),
  })
}
