import { openSync } from 'node:fs'
import { devNull } from 'node:os'
import { create } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { MeSchema, UserService } from '@purser/contracts/user/v1/user'
import { Authenticator, createGateway } from '@purser/gateway'
import { PurserError, systemClock } from '@purser/kernel'
import { createPrincipalCodec, createServiceHost } from '@purser/rpc'
import { createLogger, createMetrics, HealthRegistry, noTracing } from '@purser/runtime'
import { z } from 'zod'
import { newAccessToken, person } from './access-token.ts'

/**
 * The gateway as the platform wires it, in front of a user service that answers constants. Its argument is the log
 * level; it prints one line, `ready {"url":…,"token":…}`.
 */
const level = z.enum(['info', 'warn']).parse(process.argv[2])

const ISSUER = 'https://purser.example'

/** `RATE_LIMIT_PER_MINUTE` and its two neighbours at the most that they may be: on, and never reached. */
const LIMIT = 1_000_000

const { token, jwksJson } = newAccessToken(ISSUER, systemClock.now())

// The platform's log, without filling a disk.
const log = createLogger({ level, name: 'gateway', fd: openSync(devNull, 'w') })

// Made once: what a service does for its answer is not what is measured, and the bare route's is made once, too.
const me = create(MeSchema, {
  user: { userId: person.userId, email: 'ada@acme.example', fullName: 'Ada Example' },
  tenant: person.tenant,
  permissions: ['user.self.*'],
  locale: 'en',
})
const refuse = () => {
  throw new PurserError('resource.not_found', 'not found')
}
const implementation = {
  ...Object.fromEntries(UserService.methods.map(({ localName }) => [localName, refuse])),
  getMe: () => me,
  listSigningKeys: () => ({ jwksJson }),
  resolveSession: () => ({ userId: person.userId, permissions: me.permissions }),
}
const host = createServiceHost({
  services: [{ service: UserService, implementation }],
  log,
  principals: createPrincipalCodec({ key: 'a key of the benchmark, of 32 bytes or more' }),
})
const gateway = createGateway({
  config: {
    host: '127.0.0.1',
    port: 0,
    rateLimits: { default: LIMIT, bulk: LIMIT, sensitive: LIMIT, usage: LIMIT },
    trustedProxies: [],
    corsOrigins: [],
  },
  contracts: [UserService],
  transport: () => host.transport(),
  authenticator: new Authenticator({
    user: createClient(UserService, host.transport()),
    clock: systemClock,
    issuer: ISSUER,
  }),
  log,
  metrics: createMetrics({ processMetrics: true }),
  tracing: noTracing,
  health: new HealthRegistry({ log }),
})
await gateway.start()
console.log(`ready ${JSON.stringify({ url: gateway.url(), token })}`)
