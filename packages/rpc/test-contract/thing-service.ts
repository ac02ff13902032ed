import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient, type HandlerContext, type Transport } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import {
  asService,
  defineService,
  forward,
  principalOf,
  requestIdOf,
  tellHeaders,
} from '../src/index.ts'
import { ThingService } from './gen/purser/testing/v1/testing_pb.js'

export type Things = Client<typeof ThingService>

/** What the service noticed, for tests of what happens behind a caller's back. */
export type ThingEvents = string[]

/**
 * The implementation behind the tests; `relay` calls the same service again through `transport`.
 */
export function thingService(transport: () => Transport, events: ThingEvents = []) {
  const self = () => createClient(ThingService, transport())
  return defineService(ThingService, {
    echo(request, context) {
      tellHeaders(context, { 'x-echo': context.requestHeader.get('x-sent') ?? '' })
      context.responseTrailer.set('x-echo-trailer', 'end')
      return { text: request.text }
    },
    whoAmI: (_request, context) => whoAmI(context),
    readThing: ({ tenant }) => ({ tenant }),
    repairThing: ({ tenant }) => ({ tenant }),
    async *countThings({ upTo }) {
      try {
        for (let number = 1; number <= upTo; number++) yield { number }
      } finally {
        events.push('count ended')
      }
    },
    async sumThings(requests) {
      let sum = 0n
      for await (const { number } of requests) sum += number
      return { sum }
    },
    async *converse(requests) {
      for await (const { text } of requests) yield { text: `${text}!` }
    },
    fail: ({ how }) => fail(how),
    async *failLate({ how }) {
      yield {}
      fail(how)
    },
    async wait(_request, { signal }) {
      await untilAborted(signal, events)
      return {}
    },
    async *waitAndStream(_request, { signal }) {
      yield {}
      await untilAborted(signal, events)
    },
    async relay({ what }, context) {
      if (what === 'wait') await self().wait({}, forward(context))
      const service = () => asService('relay', 'acme', { context })
      return { who: await self().whoAmI({}, what === 'service' ? service() : forward(context)) }
    },
    check: () => ({}),
  })
}

function whoAmI(context: HandlerContext) {
  const { kind, id, tenant, permissions } = principalOf(context)
  return {
    kind,
    id,
    tenant,
    permissions: [...permissions],
    requestId: requestIdOf(context),
    protocol: context.protocolName,
    header: context.requestHeader.get('x-sent') ?? '',
  }
}

function fail(how: string): never {
  if (how !== 'refusal') throw new TypeError('secret internals')
  throw new PurserError('billing.period_not_ended', 'the period has not ended', {
    cause: new Error('secret cause'),
    fields: [{ field: 'prices[0].unit_amount', message: 'is too early' }],
    details: { period_end: '2026-03-01' },
  })
}

async function untilAborted(signal: AbortSignal, events: ThingEvents): Promise<void> {
  try {
    await sleep(60_000, undefined, { signal })
  } finally {
    events.push('wait ended')
  }
}
