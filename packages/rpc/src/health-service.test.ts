import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@purser/contracts/grpc/health/v1/health'
import { HealthRegistry, silentLogger } from '@purser/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { openThings } from '../test-contract/open-things.ts'

/** A gRPC client without credentials, as an orchestrator is. */
async function open(health?: HealthRegistry) {
  const things = await openThings('grpc', health ? { health } : {})
  onTestFinished(() => things.close())
  return createClient(Health, createGrpcTransport({ baseUrl: things.server.url }))
}

test('serves for the server and each service; an unknown service is not found', async () => {
  const client = await open()
  for (const service of ['', 'purser.testing.v1.ThingService', 'grpc.health.v1.Health']) {
    expect((await client.check({ service })).status).toBe(Status.SERVING)
  }
  await expect(client.check({ service: 'no.Such' })).rejects.toThrow('[not_found]')
})

test('follows the checks of the process', async () => {
  const health = new HealthRegistry({ log: silentLogger })
  let broken = false
  health.add({
    name: 'postgres',
    check: async () => {
      if (broken) throw new Error('gone')
    },
  })
  const client = await open(health)
  expect((await client.check({})).status).toBe(Status.SERVING)
  broken = true
  expect((await client.check({})).status).toBe(Status.NOT_SERVING)
})

test('a watch tells changes and ends when the process drains', async () => {
  const health = new HealthRegistry({ log: silentLogger })
  const client = await open(health)
  const statuses: Status[] = []
  for await (const { status } of client.watch({})) {
    statuses.push(status)
    health.drain()
  }
  expect(statuses).toEqual([Status.SERVING, Status.NOT_SERVING])
})

test('a watch of an unknown service says so and stays open', async () => {
  const client = await open()
  const controller = new AbortController()
  const watching = (async () => {
    for await (const { status } of client.watch({ service: 'no.Such' }, controller)) {
      expect(status).toBe(Status.SERVICE_UNKNOWN)
      controller.abort()
    }
  })()
  await expect(watching).rejects.toThrow('[canceled]')
})
