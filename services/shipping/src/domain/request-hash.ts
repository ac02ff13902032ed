import { createHash } from 'node:crypto'

/** SHA-256 of what is asked for under an idempotency key, whose order of texts is its meaning. */
export function hashRequest(texts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest()
}
