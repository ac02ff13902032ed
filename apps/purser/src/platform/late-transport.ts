import type { Transport } from '@connectrpc/connect'
import { assert } from '@purser/kernel'

/**
 * A transport whose target is known only later: clients are handed to services before every service exists.
 * A call before `connect` is a bug.
 */
export class LateTransport implements Transport {
  #target: Transport | undefined

  /** Names the target, once. */
  connect(target: Transport): void {
    assert(this.#target === undefined, 'a late transport is connected once')
    this.#target = target
  }

  unary: Transport['unary'] = (...call) => this.#connected().unary(...call)

  stream: Transport['stream'] = (...call) => this.#connected().stream(...call)

  #connected(): Transport {
    assert(this.#target, 'a service is called after every service was made')
    return this.#target
  }
}
