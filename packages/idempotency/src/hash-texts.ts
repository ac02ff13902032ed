import { createHash } from 'node:crypto'

/** SHA-256 of what is asked for under a key of the service's own. The order of the texts counts. */
export function hashTexts(texts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest()
}
