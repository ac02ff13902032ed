/** A value that is there, or has to be waited for. */
export type Awaitable<Value> = Value | Promise<Value>

/**
 * Goes on with a value, at once when it is there. What a request needs to know of its caller is known already, all
 * but once in seconds: to wait for it all the same cost 12 µs of a request, in the 20 promises from hook to method.
 */
export function whenKnown<Value, Next>(
  value: Awaitable<Value>,
  goOn: (value: Value) => Awaitable<Next>,
): Awaitable<Next> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
