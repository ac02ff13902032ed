/**
 * What all promises answer, in their order, once every one of them has ended: nothing goes on behind a failure. Then
 * throws the first failure in that order, where there is one.
 */
export async function allEnded<Value>(promises: Iterable<Promise<Value>>): Promise<Value[]> {
  const ended = await Promise.allSettled(promises)
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
