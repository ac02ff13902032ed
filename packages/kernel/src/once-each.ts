/**
 * The same function, called once for each value (by identity): for conversions of instants, of
 * which the invoices of a run share a few. Keeps every value it has seen, so it is made anew for
 * each request.
 */
export function onceEach<Value, Result>(
  convert: (value: Value) => Result,
): (value: Value) => Result {
  const known = new Map<Value, Result>()
  return (value) => {
    let result = known.get(value)
    if (result === undefined) {
      result = convert(value)
      known.set(value, result)
    }
    return result
  }
}
