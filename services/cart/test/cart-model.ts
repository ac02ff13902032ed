import { type Cart, CartState } from '@purser/contracts/cart/v1/contents'
import fc from 'fast-check'
import { compareText, isPurserError } from '@purser/kernel'
import { as, asPerson, type Bed, guestCart, TENANT, variantOf } from './cart-harness.ts'

type Units = Map<string, bigint>

/** What a guest's cart and a person's own ought to be. */
class Model {
  guest: { state: CartState; units: Units } = { state: CartState.OPEN, units: new Map() }
  /** Undefined while the person has none. */
  own: Units | undefined
  /** Orders that have a cart of the person, the last one last. */
  ordered: { orderId: string; cartId: string; units: Units }[] = []
  guestOrder = ''

  addAll(units: Units): void {
    this.own ??= new Map()
    for (const [variantId, quantity] of units) {
      this.own.set(variantId, (this.own.get(variantId) ?? 0n) + quantity)
    }
  }
}

/** A change of what is in a cart. */
type Edit = { to: 'guest' | 'own'; variant: number } & (
  | { kind: 'add' | 'set'; quantity: bigint }
  | { kind: 'remove' }
)

type Command =
  | Edit
  | { kind: 'close' | 'reopen'; to: 'guest' | 'own' }
  | { kind: 'merge' | 'expire' }

const to = fc.constantFrom('guest' as const, 'own' as const)
const variant = fc.integer({ min: 0, max: 2 })
const quantity = fc.bigInt({ min: 1n, max: 6n })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), to, variant, quantity }) },
  fc.record({ kind: fc.constant('set' as const), to, variant, quantity }),
  fc.record({ kind: fc.constant('remove' as const), to, variant }),
  fc.record({ kind: fc.constantFrom('close' as const, 'reopen' as const), to }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const) }) },
  fc.record({ kind: fc.constant('expire' as const) }),
)

/** Sequences of commands. */
export const commands: fc.Arbitrary<Command[]> = fc.array(command, { minLength: 1, maxLength: 14 })

let runs = 0

/** A guest and a person, and the model that their carts are compared with. */
export class ModelRun {
  readonly model: Model = new Model()
  readonly #bed: Bed
  readonly #variants: readonly string[]
  readonly #guest: Awaited<ReturnType<typeof guestCart>>
  readonly #me: ReturnType<typeof asPerson>
  readonly #name: string

  private constructor(
    bed: Bed,
    variants: readonly string[],
    guest: Awaited<ReturnType<typeof guestCart>>,
  ) {
    runs += 1
    this.#bed = bed
    this.#variants = variants
    this.#guest = guest
    this.#name = `usr_model${runs}`
    this.#me = asPerson(this.#name)
  }

  /** A new guest with a cart and a new person without. `variants` are three, of 10.00 USD each. */
  static async start(bed: Bed, variants: readonly string[]): Promise<ModelRun> {
    return new ModelRun(bed, variants, await guestCart(bed))
  }

  /** Does a command to both. Answers how the cart refused what the model lets pass, or the other way round. */
  async do(wanted: Command): Promise<string[]> {
    switch (wanted.kind) {
      case 'merge':
        return await this.#merge()
      case 'expire':
        return await this.#expire()
      case 'close':
        return wanted.to === 'guest' ? await this.#closeGuest() : await this.#closeOwn()
      case 'reopen':
        return wanted.to === 'guest' ? await this.#reopenGuest() : await this.#reopenOwn()
      default:
        return await this.#edit(wanted)
    }
  }

  async #edit(wanted: Edit): Promise<string[]> {
    const { guest } = this.model
    const variantId = this.#variants[wanted.variant] ?? ''
    if (wanted.to === 'guest' && guest.state !== CartState.OPEN) {
      const late = { ...this.#guest, thing: variantOf(variantId) }
      return await faults(this.#bed.cart.addItem(late), 'cart.not_open')
    }
    if (wanted.kind === 'add') return await this.#add(wanted, variantId)
    const { items } = wanted.to === 'guest' ? await this.#readGuest() : await this.#readOwn()
    const itemId = items.find((item) => item.variantId === variantId)?.itemId
    const units = wanted.to === 'guest' ? guest.units : this.model.own
    if ((itemId === undefined) !== (units?.get(variantId) === undefined)) return ['a line differs']
    if (itemId === undefined || units === undefined) return []
    const { cart } = this.#bed
    if (wanted.kind === 'set') {
      units.set(variantId, wanted.quantity)
      const change = { itemId, quantity: wanted.quantity }
      if (wanted.to === 'guest') await cart.updateItem({ ...this.#guest, ...change })
      else await cart.updateOwnItem({ tenant: TENANT, ...change }, this.#me)
      return []
    }
    units.delete(variantId)
    if (wanted.to === 'guest') await cart.removeItem({ ...this.#guest, itemId })
    else await cart.removeOwnItem({ tenant: TENANT, itemId }, this.#me)
    return []
  }

  async #add({ to, quantity }: Edit & { quantity: bigint }, variantId: string): Promise<string[]> {
    const addition = { thing: variantOf(variantId), quantity }
    if (to === 'own') {
      await this.#bed.cart.addOwnItem({ tenant: TENANT, ...addition }, this.#me)
      this.model.addAll(new Map([[variantId, quantity]]))
      return []
    }
    await this.#bed.cart.addItem({ ...this.#guest, ...addition })
    const { units } = this.model.guest
    units.set(variantId, (units.get(variantId) ?? 0n) + quantity)
    return []
  }

  async #merge(): Promise<string[]> {
    const { guest } = this.model
    const merge = this.#bed.cart.mergeCart(this.#guest, this.#me)
    const isRefused = guest.state === CartState.ORDERED || guest.state === CartState.EXPIRED
    if (guest.state === CartState.OPEN) {
      this.model.addAll(guest.units)
      this.model.guest = { state: CartState.MERGED, units: new Map() }
    }
    return await faults(merge, isRefused ? 'cart.not_open' : 'done')
  }

  async #closeGuest(): Promise<string[]> {
    const orderId = nextOrder()
    const { cartId, version } = await this.#readGuest()
    const close = this.#bed.cart.closeCart({ tenant: TENANT, cartId, version, orderId }, as())
    const { guest } = this.model
    if (guest.state !== CartState.OPEN) return await faults(close, 'cart.not_open')
    guest.state = CartState.ORDERED
    this.model.guestOrder = orderId
    return await faults(close, 'done')
  }

  async #closeOwn(): Promise<string[]> {
    const orderId = nextOrder()
    const { cartId, version } = await this.#readOwn()
    if ((cartId === '') !== (this.model.own === undefined)) return ['the own cart differs']
    if (this.model.own === undefined) return []
    await this.#bed.cart.closeCart({ tenant: TENANT, cartId, version, orderId }, as())
    this.model.ordered.push({ orderId, cartId, units: this.model.own })
    this.model.own = undefined
    return []
  }

  async #reopenGuest(): Promise<string[]> {
    const { guest, guestOrder: orderId } = this.model
    if (orderId === '') return []
    const { cartId } = this.#guest
    await this.#bed.cart.reopenCart({ tenant: TENANT, cartId, orderId }, as())
    if (guest.state === CartState.ORDERED) guest.state = CartState.OPEN
    this.model.guestOrder = ''
    return []
  }

  async #reopenOwn(): Promise<string[]> {
    const last = this.model.ordered.pop()
    if (last === undefined) return []
    const order = { tenant: TENANT, cartId: last.cartId, orderId: last.orderId }
    const first = await this.#bed.cart.reopenCart(order, as())
    const second = await this.#bed.cart.reopenCart(order, as())
    this.model.addAll(last.units)
    return first.wasDoneNow && !second.wasDoneNow ? [] : ['an order was not undone once']
  }

  /** The time of both carts is over; that of others stays. */
  async #expire(): Promise<string[]> {
    await this.#bed.adminQuery(
      `update cart.cart set expire_at = $1 where state = 'open' and (cart_id = $2 or user_id = $3)`,
      [this.#bed.clock.now().toString(), this.#guest.cartId, this.#name],
    )
    await this.#bed.expire()
    if (this.model.guest.state === CartState.OPEN) this.model.guest.state = CartState.EXPIRED
    this.model.own = undefined
    return []
  }

  /** What both carts hold, and what the model says. */
  async compare(): Promise<{ found: object; wanted: object }> {
    const [own, guest] = [await this.#readOwn(), await this.#readGuest()]
    const { model } = this
    return {
      found: { own: holdingOf(own), guest: holdingOf(guest), state: guest.state },
      wanted: {
        own: wantedOf(model.own ?? new Map()),
        guest: wantedOf(model.guest.units),
        state: model.guest.state,
      },
    }
  }

  async #readGuest(): Promise<Cart> {
    return await this.#bed.cart.getCart(this.#guest)
  }

  async #readOwn(): Promise<Cart> {
    return await this.#bed.cart.getOwnCart({ tenant: TENANT }, this.#me)
  }
}

function nextOrder(): string {
  runs += 1
  return `ord_model${runs}`
}

/** Nothing when a call comes to what is wanted: `done`, or the code of its refusal. */
async function faults(call: Promise<unknown>, wanted: string): Promise<string[]> {
  const outcome = await call.then(
    () => 'done',
    (error: unknown) => (isPurserError(error) ? error.code : String(error)),
  )
  return outcome === wanted ? [] : [`${outcome}, not ${wanted}`]
}

function holdingOf({ items, subtotal }: Cart) {
  const units = items.map(({ variantId, quantity }) => [variantId, quantity] as const)
  return { units: units.toSorted(byVariant), costs: subtotal?.amountCents }
}

function wantedOf(units: Units) {
  const sum = [...units.values()].reduce((total, quantity) => total + quantity, 0n)
  return { units: [...units].toSorted(byVariant), costs: sum * 1_000n }
}

function byVariant([a]: readonly [string, bigint], [b]: readonly [string, bigint]): number {
  return compareText(a, b)
}
