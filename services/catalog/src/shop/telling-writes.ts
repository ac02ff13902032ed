import type { Database } from '@purser/postgres'

/** `database`, telling `onWritten` of each transaction of a tenant that may have written, whether or not it failed. */
export function tellingWrites(database: Database, onWritten: (tenantId: string) => void): Database {
  return {
    ...database,
    tx: async (tenantId, work, options = {}) => {
      try {
        return await database.tx(tenantId, work, options)
      } finally {
        if (!options.readOnly) onWritten(tenantId)
      }
    },
  }
}
