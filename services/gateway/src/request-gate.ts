import { PurserError } from '@purser/kernel'

/** Requests answered at once before more are turned away. Streams and uploads count too. */
const MAX_IN_FLIGHT = 1_000

/** Turns requests away before the process drowns in them, and while it stops. */
export class RequestGate {
  #inFlight = 0
  #draining = false
  #idle: (() => void) | undefined

  /** Takes a request in. Throws `platform.overloaded` or `platform.unavailable`; neither was taken then. */
  enter(): void {
    if (this.#draining) throw new PurserError('platform.unavailable', 'The server is stopping.')
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw new PurserError(
        'platform.overloaded',
        'Too many requests at once; try again in a moment.',
      )
    }
    this.#inFlight += 1
  }

  /** Lets a request go that was taken in. */
  leave(): void {
    this.#inFlight -= 1
    if (this.#inFlight === 0) this.#idle?.()
  }

  /** Takes none in any more and resolves when the last has gone. */
  async drain(): Promise<void> {
    this.#draining = true
    if (this.#inFlight === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }
}
