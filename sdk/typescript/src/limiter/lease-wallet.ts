import type { Lease } from './lease.ts'

/** The leases of one account and feature: those with units, and those that wait to be returned. */
export class LeaseWallet {
  /** In order of their end, nearly. */
  #open: Lease[] = []
  #spent: Lease[] = []
  #left = 0

  /** Units that may be used, those of leases that ended unnoticed included. */
  get left(): number {
    return this.#left
  }

  add(lease: Lease): void {
    this.#open.push(lease)
    this.#left += lease.quantity
  }

  /** A lease of which nobody knows whether it was granted: it is returned unused. */
  addUnknown(lease: Lease): void {
    this.#spent.push(lease)
  }

  /** Uses units of the oldest leases; false when there are not enough, and then none is used. */
  take(units: number, nowMs: number): boolean {
    const first = this.#open[0]
    if (first === undefined) return false
    if (first.leftAt(nowMs) >= units) {
      first.use(units)
      this.#left -= units
      return true
    }
    return this.#takeAcross(units, nowMs)
  }

  #takeAcross(units: number, nowMs: number): boolean {
    this.sort(nowMs)
    if (this.#left < units) return false
    let wanted = units
    for (const lease of this.#open) {
      const part = Math.min(wanted, lease.leftAt(nowMs))
      lease.use(part)
      wanted -= part
    }
    this.#left -= units
    return true
  }

  /** Puts leases aside that are used up or over. */
  sort(nowMs: number): void {
    const spent = this.#open.filter((lease) => lease.isSpentAt(nowMs))
    if (spent.length > 0) {
      this.#spent.push(...spent)
      this.#open = this.#open.filter((lease) => !spent.includes(lease))
    }
    this.#left = this.#open.reduce((sum, lease) => sum + lease.leftAt(nowMs), 0)
  }

  /** Puts all leases aside: nothing of them is used any more. */
  closeAll(): void {
    this.#spent.push(...this.#open)
    this.#open = []
    this.#left = 0
  }

  /** Leases that are to be returned. */
  get spent(): readonly Lease[] {
    return this.#spent
  }

  /** Open leases with units that were not reported. */
  get unreported(): readonly Lease[] {
    return this.#open.filter((lease) => lease.isUnreported)
  }

  /** A lease has ended; whatever is left of it is not used. */
  remove(lease: Lease): void {
    this.#open = this.#open.filter((other) => other !== lease)
    this.#spent = this.#spent.filter((other) => other !== lease)
  }

  get isEmpty(): boolean {
    return this.#open.length === 0 && this.#spent.length === 0
  }
}
