/** A reservation of one variant: `held` turns false when its units went to others or back. */
type Known = {
  state: 'open' | 'committed' | 'released' | 'expired'
  units: number
  held: boolean
  expireAt: number
  back: number
}

/** What the contract says of stock, for one variant at one location, in the plainest words. Answers 'done' or a code. */
export class StockModel {
  onHand: number
  #minute = 0
  readonly #known = new Map<number, Known>()
  readonly #restocks = new Set<string>()

  constructor(onHand: number) {
    this.onHand = onHand
  }

  get reserved(): number {
    return this.#held().reduce((sum, { units }) => sum + units, 0)
  }

  reserve(id: number, units: number): string {
    const known = this.#known.get(id)
    if (known) {
      if (known.units === 0) return 'catalog.reservation_ended'
      return known.units === units ? 'done' : 'catalog.reservation_mismatch'
    }
    const due = this.#due().reduce((sum, each) => sum + each.units, 0)
    const free = this.onHand - this.reserved
    if (free + due < units) return 'catalog.out_of_stock'
    if (free < units) for (const each of this.#due()) each.held = false
    const expireAt = this.#minute + 15
    this.#known.set(id, { state: 'open', units, held: true, expireAt, back: 0 })
    return 'done'
  }

  commit(id: number): string {
    const known = this.#known.get(id)
    if (!known) return 'resource.not_found'
    if (known.state === 'committed') return 'done'
    if (!known.held) return 'catalog.reservation_ended'
    this.onHand -= known.units
    Object.assign(known, { state: 'committed', held: false })
    return 'done'
  }

  release(id: number): string {
    const known = this.#known.get(id)
    if (known?.state === 'committed') return 'catalog.reservation_ended'
    if (known) Object.assign(known, { state: 'released', held: false })
    else this.#known.set(id, { state: 'released', units: 0, held: false, expireAt: 0, back: 0 })
    return 'done'
  }

  restock(id: number, units: number): string {
    if (this.#restocks.has(`${id} ${units}`)) return 'done'
    const known = this.#known.get(id)
    if (known?.state !== 'committed' || known.back + units > known.units) {
      return 'catalog.nothing_to_restock'
    }
    this.#restocks.add(`${id} ${units}`)
    known.back += units
    this.onHand += units
    return 'done'
  }

  count(onHand: number): string {
    if (onHand < 0) return 'catalog.out_of_stock'
    if (onHand < this.reserved) return 'catalog.stock_reserved'
    this.onHand = onHand
    return 'done'
  }

  wait(minutes: number): string {
    this.#minute += minutes
    return 'done'
  }

  expire(): string {
    for (const each of this.#due()) Object.assign(each, { state: 'expired', held: false })
    return 'done'
  }

  #held(): Known[] {
    return [...this.#known.values()].filter(({ held }) => held)
  }

  #due(): Known[] {
    return this.#held().filter(({ expireAt }) => expireAt <= this.#minute)
  }
}
