/** A bug in our own code. The edge answers `platform.internal` and never shows the message. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionError'
  }
}

/**
 * States what must hold here if the code is right; throws `AssertionError` otherwise. Never for input:
 * a refusal is a `PurserError`. Hand in a function where building the message costs something.
 */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (condition) return
  throw new AssertionError(typeof message === 'string' ? message : message())
}

/** Closes a switch over a union: it does not compile while a member is missing, and throws if reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`)
}
