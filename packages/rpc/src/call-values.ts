import type { ContextKey, ContextValues } from '@connectrpc/connect'

/**
 * Connect's context values as a map: every call asks for its principal several times, and objects whose
 * prototypes are other calls' values, as Connect makes them, are slow to ask. What is set here hides what
 * `parent` says and leaves it as it is, so that options that a caller uses again stay as they were.
 */
export class CallValues implements ContextValues {
  /** Made when something is set: most calls in process set nothing of their own. */
  #own: Map<symbol, unknown> | undefined
  readonly #parent: ContextValues | undefined

  constructor(parent?: ContextValues) {
    this.#parent = parent
  }

  get<T>(key: ContextKey<T>): T {
    if (this.#own?.has(key.id)) return this.#own.get(key.id) as T
    return this.#parent === undefined ? key.defaultValue : this.#parent.get(key)
  }

  set<T>(key: ContextKey<T>, value: T): this {
    this.#own ??= new Map()
    this.#own.set(key.id, value)
    return this
  }

  delete(key: ContextKey<unknown>): this {
    return this.set(key, key.defaultValue)
  }
}
