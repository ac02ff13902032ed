import { deepEqual, equal } from 'node:assert/strict'
import { type Books, expectBooksToBalance } from '../books.ts'
import { addItem, addProduct, createCart, guestPurchase, place, Refusal } from './http-shop.ts'

/** A shop whose shoppers come by as many doors: base URLs of processes on one database. */
export type Doors = { urls: readonly string[]; key: string; books: Books }

/** Carts that are filled at once before a race begins. */
const FILLED_AT_ONCE = 8

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** So many shoppers want one unit each: every unit is bought, paid and gone, and the others are refused. */
export async function raceForUnits(doors: Doors, shoppers: number, units: number): Promise<void> {
  const { urls, key, books } = doors
  const door = doorsOf(urls)
  const variantId = await addProduct(door(0), key, units)
  const wanted = new Map<number, Awaited<ReturnType<typeof guestPurchase>>>()
  const waiting = times(shoppers).values()
  const fill = async () => {
    for (const shopper of waiting) {
      wanted.set(shopper, await guestPurchase(door(shopper), variantId))
    }
  }
  await Promise.all(Array.from({ length: FILLED_AT_ONCE }, fill))
  const outcomes = await Promise.allSettled(
    [...wanted].map(([shopper, purchase]) => place(door(shopper), purchase)),
  )
  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  const codes = refusals.map((one) => (one instanceof Refusal ? one.code : String(one)))
  deepEqual(codes, Array(shoppers - units).fill('catalog.out_of_stock'), 'refusals')
  await expectSold(books, variantId, units)
}

/** The same final call, so many times at once: one order, which each of them is answered. */
export async function raceOfOneCall({ urls, key, books }: Doors, calls: number): Promise<void> {
  const door = doorsOf(urls)
  const variantId = await addProduct(door(0), key, calls)
  const purchase = await guestPurchase(door(0), variantId)
  const orders = await Promise.all(times(calls).map((number) => place(door(number), purchase)))
  equal(new Set(orders).size, 1, 'orders that were answered')
  await expectSold(books, variantId, 1)
}

/** Adds to one cart at once: the exact sum. */
export async function raceOfAdds({ urls, key }: Doors, adds: number): Promise<void> {
  const door = doorsOf(urls)
  const variantId = await addProduct(door(0), key, 2 * adds)
  const cart = await createCart(door(0))
  await Promise.all(times(adds).map((number) => addItem(door(number), cart, variantId)))
  deepEqual(await addItem(door(0), cart, variantId), [adds + 1], 'units in the cart')
}

/** Calls go to one process after the other. */
function doorsOf(urls: readonly string[]): (number: number) => string {
  return (number) => urls[number % urls.length] ?? ''
}

async function expectSold(books: Books, variantId: string, units: number): Promise<void> {
  const orders = `select count(*) from "order".order_line l
    join "order".sales_order o using (tenant_id, order_id)
    where l.item_id = '${variantId}' and o.state = 'paid'`
  equal(await books.count(orders), units, 'paid orders')
  const payments = `select count(*) from payment.payment
    where state = 'succeeded' and order_id in
      (select order_id from "order".order_line where item_id = '${variantId}')`
  equal(await books.count(payments), units, 'payments')
  await expectBooksToBalance(books)
}
