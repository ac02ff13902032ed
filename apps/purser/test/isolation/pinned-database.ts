import { AsyncLocalStorage } from 'node:async_hooks'
import type { Database, Statement, Tx } from '@purser/postgres'

/** What of the application's own filters is taken away while a wall is tested. */
export type Pin = {
  /** The one tenant that every transaction is opened for, whatever tenant the service names. */
  tenant: string
  /** Whether statements lose their `tenant_id = $1`. */
  withoutFilters: boolean
}

const pins = new AsyncLocalStorage<Pin>()

/** How many statements have lost a filter in this process. */
export const strippedStatements = new Set<string>()

/** Runs `work` with every transaction of a pinned database opened for the pin's tenant. */
export function pinned<T>(pin: Pin, work: () => Promise<T>): Promise<T> {
  return pins.run(pin, work)
}

/**
 * A database whose row-level security is told a tenant of the test's choice: what then keeps tenants apart is the
 * server alone. System transactions are as ever: only tables without a tenant's secrets are open to them.
 */
export function pinnable(database: Database): Database {
  return {
    ...database,
    tx: (tenantId, work, options) => {
      const pin = pins.getStore()
      if (pin === undefined) return database.tx(tenantId, work, options)
      const inner = (tx: Tx) => work(pin.withoutFilters ? withoutFilters(tx) : tx)
      return database.tx(pin.tenant, inner, options)
    },
    alone: (tenantId, statement, values) =>
      database.alone(pins.getStore()?.tenant ?? tenantId, statement, values),
  }
}

function withoutFilters(tx: Tx): Tx {
  return {
    tenantId: tx.tenantId,
    announce: () => tx.announce(),
    query: (statement, values) => tx.query(stripped(statement), values),
    execute: (statement, values) => tx.execute(stripped(statement), values),
  }
}

/** The same statement for all tenants; under a name of its own, since it is another text. */
function stripped({ name, text }: Statement): Statement {
  const open = text.replaceAll(/\b(?:\w+\.)?tenant_id = \$1(?:::text)?/g, '$1::text is not null')
  if (open === text) return { name, text }
  strippedStatements.add(name)
  return { name: `open.${name}`.slice(0, 63), text: open }
}
