import { newId } from '../new-id.ts'

/** Units under the id that counts them once. */
type LateUnits = { readonly id: string; units: number }

/** Units that were admitted while the service could not be reached, to be recorded when it is back. */
export class LateUsage {
  #entries: LateUnits[] = []
  /** The entry that grows; none that was sent does, since its id stands for its units. */
  #growing: LateUnits | undefined

  /** With an id, the units may have been recorded already, under it. */
  add(units: number, id?: string): void {
    if (id !== undefined) {
      this.#entries.push({ id, units })
      return
    }
    if (this.#growing === undefined) {
      this.#growing = { id: newId('use'), units: 0 }
      this.#entries.push(this.#growing)
    }
    this.#growing.units += units
  }

  /** What is to be recorded, oldest first; nothing of it changes any more. */
  freeze(): readonly LateUnits[] {
    this.#growing = undefined
    return [...this.#entries]
  }

  remove(id: string): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id)
  }

  get units(): number {
    return this.#entries.reduce((sum, { units }) => sum + units, 0)
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }
}
