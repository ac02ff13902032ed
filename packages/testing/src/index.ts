export {
  type BlankDatabase,
  createBlankDatabase,
  createDatabaseCopy,
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './create-test-database.ts'
export { freePorts } from './free-ports.ts'
export { type NodeExit, type NodeProcess, type SpawnNodeOptions, spawnNode } from './spawn-node.ts'
export { startTestRedis, type TestRedis } from './start-test-redis.ts'
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'
export { testPostgres } from './test-postgres.ts'
export { waitFor } from './wait-for.ts'
export { hostServices } from './host-service.ts'
