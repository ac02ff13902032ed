import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isLegal, type PaymentState as State, transitions } from '../src/domain/payment-state.ts'
import { sandboxTokens } from '../src/sandbox/sandbox-token.ts'
import { as, type PaymentBed, type PaymentProcess, startBed, wanted } from './payment-harness.ts'
import { bodyOf, signatureOf, type Told } from './webhook-fixture.ts'

let bed: PaymentBed
let process: PaymentProcess

beforeAll(async () => {
  bed = await startBed()
  process = bed.createProcess()
})
afterAll(() => bed.close())

test('the database allows the moves of the table and no other', async () => {
  const states = Object.keys(transitions) as State[]
  const request = wanted()
  const { paymentId } = await process.payment.createPayment(request, as('acme'))
  for (const from of states) {
    for (const to of states) {
      const insert = bed.database.adminQuery(
        `insert into payment.payment_transition
           (tenant_id, payment_id, number, from_state, to_state, cause, created_at)
         values ('acme', $1, (select max(number) + 1 from payment.payment_transition
           where payment_id = $1), $2, $3, 'test', now())`,
        [paymentId, from, to],
      )
      if (isLegal(from, to)) await insert
      else await expect(insert, `${from} to ${to}`).rejects.toThrow(REFUSED)
    }
  }
})

const REFUSED = /payment_transition_(legal|first_is_created)/

type Command =
  | { kind: 'resolve' | 'cancel' | 'approve' | 'reject' | 'wait' | 'repeat' }
  | { kind: 'refund'; cents: number }
  | { kind: 'webhook'; status: Told['status'] }

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    fc.constantFrom('resolve', 'cancel', 'approve', 'reject', 'wait', 'repeat').map(
      // The constants are the kinds without anything else.
      (kind) => ({ kind }) as Command,
    ),
    fc.integer({ min: 1, max: 1_200 }).map((cents): Command => ({ kind: 'refund', cents })),
    fc
      .constantFrom('succeeded', 'declined', 'requires_action', 'abandoned')
      .map((status): Command => ({ kind: 'webhook', status: status as Told['status'] })),
  ),
  { maxLength: 7 },
)

let runs = 0

/** Does one thing to a payment; what it refuses is fine, what it breaks is not. */
async function run(command: Command, request: ReturnType<typeof wanted>, paymentId: string) {
  const { payment } = process
  const about = { tenant: 'acme', paymentId }
  runs += 1
  switch (command.kind) {
    case 'resolve':
      return await payment.resolvePayment(about, as('acme'))
    case 'cancel':
      return await payment.cancelPayment(about, as('acme'))
    case 'wait':
      return bed.clock.add({ minutes: 1 })
    case 'repeat':
      return await payment.createPayment(request, as('acme'))
    case 'refund': {
      const amount = { amountCents: BigInt(command.cents), currency: 'EUR' }
      const idempotencyKey = `refund-${runs}`
      return await payment.refundPayment({ ...about, idempotencyKey, amount }, as('acme'))
    }
    case 'webhook': {
      const told = { id: `evt_${runs}`, status: command.status, key: `${paymentId}/1` }
      const data = bodyOf({ ...told, amount: '1000' })
      const headers = { 'sandbox-signature': signatureOf(data, bed.clock.now()) }
      const body = { contentType: 'application/json', data }
      return await payment.receiveWebhook({ provider: 'sandbox', body }, { headers })
    }
    default: {
      const { nextAction } = await payment.getPayment(about, as('acme'))
      const challenge = nextAction && new URL(nextAction.url).searchParams.get('challenge')
      const decision = command.kind === 'approve' ? 1 : 2
      return (
        challenge && (await payment.confirmSandboxAction({ tenant: 'acme', challenge, decision }))
      )
    }
  }
}

type Facts = {
  state: State
  amount_minor: bigint | string
  refunded_minor: bigint | string
  refunding_minor: bigint | string
  history: State[]
  refunds: { state: string; amount_minor: number }[] | null
  charges: number
  given_back: number
  charge_status: string | null
}

async function factsOf(paymentId: string): Promise<Facts> {
  const [facts] = await bed.database.adminQuery<Facts>(
    `select state, amount_minor, refunded_minor, refunding_minor,
       (select json_agg(to_state order by number) from payment.payment_transition t
        where t.payment_id = p.payment_id) as history,
       (select json_agg(r) from payment.refund r where r.payment_id = p.payment_id) as refunds,
       (select count(*)::int from payment.sandbox_charge c
        where c.idempotency_key like p.payment_id || '/%') as charges,
       (select status from payment.sandbox_charge c
        where c.idempotency_key = p.payment_id || '/1') as charge_status,
       (select coalesce(sum(amount_minor), 0)::int from payment.sandbox_refund r
        where r.charge_key = p.payment_id || '/1' and r.status = 'succeeded') as given_back
     from payment.payment p where payment_id = $1`,
    [paymentId],
  )
  if (facts === undefined) throw new Error('the payment is gone')
  return facts
}

/** What holds after every command, whatever came before. */
function checkFacts(facts: Facts) {
  const { history, state, refunds } = facts
  expect(history[0]).toBe('created')
  expect(history.at(-1)).toBe(state)
  for (const [index, to] of history.slice(1).entries()) {
    expect(isLegal(history[index] ?? 'created', to), history.join(' ')).toBe(true)
  }
  const sumOf = (...states: string[]) =>
    (refunds ?? [])
      .filter((refund) => states.includes(refund.state))
      .reduce((sum, refund) => sum + refund.amount_minor, 0)
  expect(Number(facts.refunded_minor)).toBe(sumOf('succeeded'))
  expect(Number(facts.refunding_minor)).toBe(sumOf('processing', 'unknown'))
  expect(facts.charges).toBeLessThanOrEqual(1)
  expect(facts.given_back).toBeLessThanOrEqual(Number(facts.amount_minor))
  expect(facts.given_back).toBeGreaterThanOrEqual(Number(facts.refunded_minor))
}

test('any sequence of commands makes only declared moves, charges once and gives back no more', async () => {
  const tokens = sandboxTokens.filter((token) => token !== 'tok_slow')
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...tokens), commands, async (token, sequence) => {
      const request = wanted(token, { amount: { amountCents: 1_000n, currency: 'EUR' } })
      const { paymentId } = await process.payment.createPayment(request, as('acme'))
      checkFacts(await factsOf(paymentId))
      // A webhook that the sandbox never sent is a lie: the books need not agree with it.
      const isLiedTo = sequence.some(({ kind }) => kind === 'webhook')
      for (const command of sequence) {
        await run(command, request, paymentId).catch((error: { code?: string }) => {
          // A challenge of which a lie told is not there.
          expect(error.code, String(error)).toMatch(/^payment\.|^resource.not_found$/)
        })
        checkFacts(await factsOf(paymentId))
      }
      if (isLiedTo) return
      bed.clock.add({ minutes: 1 })
      await process.payment.resolvePayment({ tenant: 'acme', paymentId }, as('acme'))
      const { state, charge_status: status, refunded_minor, given_back } = await factsOf(paymentId)
      const isPaid = ['succeeded', 'partially_refunded', 'refunded'].includes(state)
      expect(isPaid, `${state} here, ${status} there`).toBe(status === 'succeeded')
      expect(given_back).toBe(Number(refunded_minor))
    }),
    { numRuns: 60 },
  )
}, 120_000)
