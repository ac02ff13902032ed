import { join } from 'node:path'
import { asAdmin, startEmbeddedPostgres } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { freePorts, temporaryFolder } from '@purser/testing'
import { manifests } from '../../src/manifests.ts'
import { loadPlatformConfig } from '../../src/platform/config.ts'
import { startPlatform } from '../../src/platform/platform.ts'
import { type Insiders, startInsiders } from './insiders.ts'

/** Shared by the platform and the insiders: passwords of database roles derive from it. */
export const SECRET = 'the secret of the isolation tests, long enough'

/** Runs one statement past row-level security. */
export type AdminQuery = <Row extends object>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>

/** The whole platform with its REST edge, on a Postgres server of its own, and a way past the edge. */
export type Bed = {
  url: string
  /** Where each service answers gRPC, by its full name. */
  grpcUrls: ReadonlyMap<string, string>
  postgresUrl: string
  insiders: Insiders
  query: AdminQuery
  close(): Promise<void>
}

/** A server of its own, because the passwords of roles belong to a server and other tests set theirs. */
export async function startBed(): Promise<Bed> {
  const folder = await temporaryFolder()
  const dataDir = join(folder.path, 'postgres')
  const server = await startEmbeddedPostgres({ dataDir, log: silentLogger })
  const postgresUrl = server.adminUrl
  const ports = await freePorts(manifests.length)
  const env = environment(folder.path, postgresUrl, ports)
  const { config } = loadPlatformConfig({ env, cwd: '/' })
  const platform = await startPlatform(config, new AbortController().signal)
  const insiders = await startInsiders({ postgresUrl, secret: SECRET })
  if (platform.url === undefined) throw new Error('the platform serves no REST API')
  return {
    url: platform.url,
    grpcUrls: new Map(
      manifests.map(({ descriptor }, index) => [
        descriptor.typeName,
        `http://localhost:${ports[index]}`,
      ]),
    ),
    postgresUrl,
    insiders,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const result = await asAdmin(postgresUrl, (client) => client.query<Row>(text, [...values]))
      return result.rows
    },
    close: async () => {
      await insiders.close()
      await platform.stop()
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function environment(
  dataDir: string,
  postgresUrl: string,
  ports: readonly number[],
): Record<string, string> {
  const ownPorts = manifests.map(({ name }, index) => [
    `${name.toUpperCase()}_GRPC_PORT`,
    String(ports[index]),
  ])
  return {
    ...Object.fromEntries(ownPorts),
    HTTP_PORT: '0',
    DATA_DIR: dataDir,
    POSTGRES_URL: postgresUrl,
    PURSER_SECRET: SECRET,
    SEED: 'false',
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_BULK_PER_MINUTE: '0',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
  }
}
