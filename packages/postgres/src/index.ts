export { asAdmin } from './as-admin.ts'
export { encodeInt8Array, encodeTextArray, encodeTimestamptzArray } from './binary-array.ts'
export { type ConnectionChanges, connectionUrl } from './connection-url.ts'
export {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type PoolUse,
  type TransactionOptions,
} from './database.ts'
export { isCollision, isUniqueViolation } from './database-error.ts'
export { assertDurable } from './durability.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded/start-embedded-postgres.ts'
export { type MigrateOptions, migrate } from './migrate.ts'
export { rolePassword } from './role.ts'
export { type Statement, statement } from './statement.ts'
export type { StatementOptions, Tx } from './transaction.ts'
export { valueTypes } from './value-parsers.ts'
