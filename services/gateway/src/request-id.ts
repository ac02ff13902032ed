import { randomUUID } from 'node:crypto'

/** What a caller's own id may look like: printed in logs and headers as it is. */
const SANE = /^[A-Za-z0-9._:-]{1,100}$/

/** The caller's `X-Request-Id` when it is sane, else a new one. */
export function requestIdFor(header: string | string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header) ? header : randomUUID()
}
