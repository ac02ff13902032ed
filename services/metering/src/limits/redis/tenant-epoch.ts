import { PurserError } from '@purser/kernel'
import type { CounterHomes } from '../counter-homes.ts'
import { countersElsewhere } from '../counters-elsewhere.ts'
import { epochKey } from './counter-keys.ts'
import type { CounterScript } from './counter-script.ts'

const MAX_ATTEMPTS = 10

/**
 * The epoch of a tenant's counters in Redis: the id that Postgres knows, a space, and the run of the server that counts.
 * Redis is trusted while it holds exactly this. Anything else, such as nothing after a flush, another server after a
 * fail-over, or the same one started again, begins a new epoch: with new keys, so every counter is missing and is
 * counted from the usage log; and what was decided in an older one can no longer be recorded.
 */
export class TenantEpoch {
  readonly #tenantId: string
  readonly #homes: CounterHomes
  readonly #script: CounterScript
  #current: string | undefined
  #opening: Promise<string> | undefined
  /** How often something was in doubt, and how much of that a new epoch has settled. */
  #doubts = 0
  #settledDoubts = 0

  constructor(tenantId: string, deps: { homes: CounterHomes; script: CounterScript }) {
    this.#tenantId = tenantId
    this.#homes = deps.homes
    this.#script = deps.script
  }

  /** The epoch to ask in. Throws `platform.unavailable`, `metering.counters_elsewhere`, `metering.holds_open`. */
  async current(): Promise<string> {
    if (this.#current !== undefined && this.#settledDoubts === this.#doubts) return this.#current
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return await this.#opening
  }

  /** It was refused: the next call finds out which one it is. */
  forget(): void {
    this.#current = undefined
  }

  /** Nobody knows whether something was counted or recorded: the next call begins a new one. */
  doubt(): void {
    this.#doubts += 1
  }

  async #open(): Promise<string> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const doubts = this.#doubts
      const server = await this.#script.look(epochKey(this.#tenantId))
      const known = await this.#homes.find(this.#tenantId)
      if (known !== undefined && known.home !== 'redis') throw countersElsewhere()
      const isSettled = this.#settledDoubts === doubts
      if (isSettled && known !== undefined && server.epoch === `${known.epoch} ${server.run}`) {
        return this.#take(server.epoch)
      }
      const begun = await this.#homes.beginEpoch(this.#tenantId, known?.epoch, { move: false })
      if (begun.home !== 'redis') throw countersElsewhere()
      if (!begun.isNew) continue
      const epoch = `${begun.epoch} ${server.run}`
      const [told] = await this.#script.run({
        command: 'begin',
        keys: [epochKey(this.#tenantId)],
        epoch,
      })
      if (told === 'begun') {
        this.#settledDoubts = doubts
        return this.#take(epoch)
      }
    }
    throw new PurserError(
      'platform.unavailable',
      'The counters in Redis begin anew again and again.',
    )
  }

  #take(epoch: string): string {
    this.#current = epoch
    return epoch
  }
}
