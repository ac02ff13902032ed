import { createHash } from 'node:crypto'

/** SHA-256 of texts, whose order is their meaning. */
export function hashTexts(texts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest()
}
