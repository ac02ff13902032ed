import { createHmac } from 'node:crypto'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  as,
  type PaymentBed,
  type PaymentProcess,
  PaymentState,
  pathOf,
  startBed,
  wanted,
} from './payment-harness.ts'
import { bodyOf, signatureOf } from './webhook-fixture.ts'

let bed: PaymentBed
let process: PaymentProcess

beforeAll(async () => {
  bed = await startBed()
  process = bed.createProcess()
})
afterAll(() => bed.close())

async function send(body: Uint8Array, signature?: string, provider = 'sandbox') {
  const header = signature ?? signatureOf(body, bed.clock.now())
  const headers = { 'sandbox-signature': header }
  const reply = await process.payment.receiveWebhook(
    { provider, body: { contentType: 'application/json', data: body } },
    { headers },
  )
  return [reply.status, Buffer.from(reply.data).toString()]
}

const pay = async (token: string) =>
  (await process.payment.createPayment(wanted(token), as('acme'))).paymentId
const get = (paymentId: string) =>
  process.payment.getPayment({ tenant: 'acme', paymentId }, as('acme'))
const dispositionOf = async (eventId: string) => {
  const rows = await bed.database.adminQuery<{ disposition: string; detail: string }>(
    'select disposition, detail from payment.webhook_event where event_id = $1',
    [eventId],
  )
  return rows.map(({ disposition, detail }) => `${disposition}${detail && `: ${detail}`}`)
}
const RECEIVED = [200, '{"received":true}']

describe('a webhook', () => {
  test('that tells the outcome settles an unknown payment, once however often it comes', async () => {
    const paymentId = await pay('tok_timeout_after_charge')
    const body = bodyOf({ id: 'evt_1', status: 'succeeded', key: `${paymentId}/1` })
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(body)))
    expect(answers).toEqual(Array.from({ length: 10 }, () => RECEIVED))
    const again = bodyOf({ id: 'evt_2', status: 'succeeded', key: `${paymentId}/1` })
    expect(await send(again)).toEqual(RECEIVED)
    expect(pathOf(await get(paymentId))).toBe('created processing unknown succeeded')
    expect(await dispositionOf('evt_1')).toEqual(['applied'])
    expect(await dispositionOf('evt_2')).toEqual(['nothing_new'])
    const events = `select count(*) from payment.outbox where payload ->> 'payment_id' = $1
      and subject = 'payment.intent.succeeded'`
    expect(await bed.count(events, [paymentId])).toBe(1)
  })

  test('that comes late changes nothing', async () => {
    const paymentId = await pay('tok_success')
    const late = bodyOf({ id: 'evt_late', status: 'requires_action', key: `${paymentId}/1` })
    await send(late)
    expect((await get(paymentId)).state).toBe(PaymentState.SUCCEEDED)
    expect(await dispositionOf('evt_late')).toEqual(['nothing_new'])
  })

  test('that contradicts what is known about money is parked', async () => {
    const paid = await pay('tok_success')
    await send(bodyOf({ id: 'evt_undo', status: 'declined', key: `${paid}/1` }))
    const declined = await pay('tok_declined')
    await send(bodyOf({ id: 'evt_paid', status: 'succeeded', key: `${declined}/1` }))
    expect((await get(paid)).state).toBe(PaymentState.SUCCEEDED)
    expect((await get(declined)).state).toBe(PaymentState.DECLINED)
    expect(await dispositionOf('evt_undo')).toEqual([
      'parked: declined at the provider, succeeded here',
    ])
    expect(await dispositionOf('evt_paid')).toEqual([
      'parked: succeeded at the provider, declined here',
    ])
  })

  test('about another amount, another tenant’s payment or none is acknowledged and parked', async () => {
    const paymentId = await pay('tok_timeout_after_charge')
    const key = `${paymentId}/1`
    const strange = [
      bodyOf({ id: 'evt_amount', status: 'succeeded', key, amount: '2000' }),
      bodyOf({ id: 'evt_currency', status: 'succeeded', key, currency: 'USD' }),
      bodyOf({ id: 'evt_tenant', status: 'succeeded', key, tenant: 'globex' }),
      bodyOf({ id: 'evt_attempt', status: 'succeeded', key: `${paymentId}/2` }),
      bodyOf({ id: 'evt_none', status: 'succeeded', key: 'pay_that_never_was' }),
    ]
    for (const body of strange) expect(await send(body)).toEqual(RECEIVED)
    expect((await get(paymentId)).state).toBe(PaymentState.UNKNOWN)
    expect(await dispositionOf('evt_amount')).toEqual(['parked: another amount'])
    expect(await dispositionOf('evt_currency')).toEqual(['parked: another amount'])
    for (const id of ['evt_tenant', 'evt_attempt', 'evt_none']) {
      expect(await dispositionOf(id)).toEqual(['parked: no such payment'])
    }
  })
})

describe('refused is a signature', () => {
  const told = () => bodyOf({ id: 'evt_forged', status: 'succeeded', key: 'pay_x/1' })
  const now = () => bed.clock.now()

  test('that is missing, of another body, of another secret, or in another scheme', async () => {
    const body = told()
    const seconds = Math.floor(now().epochMilliseconds / 1_000)
    const forged = createHmac('sha256', 'guess').update(`${seconds}.`).update(body).digest('hex')
    const good = signatureOf(body, now())
    const signatures = [
      '',
      't=,v1=',
      `t=${seconds}`,
      `t=${seconds},v1=${forged}`,
      `t=${seconds},v0=${good.split('v1=')[1]}`,
      `t=${seconds + 1},v1=${good.split('v1=')[1]}`,
      `t=${seconds},t=${seconds},v1=${good.split('v1=')[1]}`,
      signatureOf(Buffer.from(`${body} `), now()),
    ]
    for (const signature of signatures) {
      await expect(send(body, signature), signature).rejects.toMatchObject({
        code: 'payment.webhook_refused',
      })
    }
    const tampered = Buffer.from(body.toString().replace('succeeded', 'abandoned'))
    await expect(send(tampered, good)).rejects.toMatchObject({ code: 'payment.webhook_refused' })
    expect(await dispositionOf('evt_forged')).toEqual([])
  })

  test('older than five minutes, or as far ahead; one that is younger is taken', async () => {
    const body = told()
    for (const seconds of [-301, 301]) {
      const signature = signatureOf(body, now().add({ seconds }))
      await expect(send(body, signature)).rejects.toMatchObject({
        code: 'payment.webhook_refused',
      })
    }
    expect(await send(body, signatureOf(body, now().add({ seconds: -300 })))).toEqual(RECEIVED)
  })

  test('of what is no message of the provider, and a provider that there is not', async () => {
    const bodies = ['', '[]', 'null', '{"id":1}', '{"id":"e","type":"charge.succeeded"}', '\xff']
    for (const text of bodies) {
      await expect(send(Buffer.from(text, 'latin1'))).rejects.toMatchObject({
        code: 'payment.webhook_refused',
      })
    }
    await expect(send(told(), undefined, 'stripe')).rejects.toMatchObject({
      code: 'resource.not_found',
    })
  })

  test('may stand beside one of an older secret', async () => {
    const body = bodyOf({ id: 'evt_rolled', status: 'succeeded', key: 'pay_x/1' })
    const [time, good] = signatureOf(body, now()).split(',')
    expect(await send(body, `${time},v1=${'0'.repeat(64)},${good}`)).toEqual(RECEIVED)
  })
})

describe('the sandbox', () => {
  test('answers twice by webhook, and the payment succeeds once', async () => {
    const worker = bed.createProcess()
    await worker.start()
    onTestFinished(() => worker.stop())
    const paymentId = await pay('tok_answers_twice')
    const jobs = () =>
      bed.count(
        'select count(*) from payment_jobs._private_jobs j join payment_jobs._private_tasks t on t.id = j.task_id where t.identifier = $1',
        ['sandbox-webhook'],
      )
    await waitFor(async () => (await jobs()) === 0)
    expect(pathOf(await get(paymentId))).toBe('created processing succeeded')
    const told = `select count(*) from payment.webhook_event where subject_key = $1 || '/1'`
    expect(await bed.count(told, [paymentId])).toBe(1)
  })

  test.each([
    [1, PaymentState.SUCCEEDED, ''],
    [2, PaymentState.DECLINED, 'authentication_failed'],
  ])('lets a shopper decide %s, once', async (decision, state, declineCode) => {
    const waiting = await process.payment.createPayment(
      wanted('tok_requires_action', { returnUrl: 'https://shop.test/back' }),
      as('acme'),
    )
    expect(waiting.state).toBe(PaymentState.REQUIRES_ACTION)
    const { searchParams } = new URL(waiting.nextAction?.url ?? '')
    expect(searchParams.get('tenant')).toBe('acme')
    const challenge = searchParams.get('challenge') ?? ''
    const request = { tenant: 'acme', challenge, decision }
    const answer = { returnUrl: 'https://shop.test/back' }
    expect(await process.payment.confirmSandboxAction(request)).toMatchObject(answer)
    expect(await process.payment.confirmSandboxAction(request)).toMatchObject(answer)
    const other = { ...request, decision: 3 - decision }
    await expect(process.payment.confirmSandboxAction(other)).rejects.toMatchObject({
      code: 'payment.action_decided',
    })
    const elsewhere = { ...request, tenant: 'globex' }
    await expect(process.payment.confirmSandboxAction(elsewhere)).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    const { paymentId } = waiting
    const resolved = await process.payment.resolvePayment({ tenant: 'acme', paymentId }, as('acme'))
    expect(resolved).toMatchObject({ state, declineCode })
    expect(resolved.nextAction).toBeUndefined()
  })

  test('tells of the decision by webhook', async () => {
    const worker = bed.createProcess()
    await worker.start()
    onTestFinished(() => worker.stop())
    const { nextAction, paymentId } = await process.payment.createPayment(
      wanted('tok_requires_action'),
      as('acme'),
    )
    const challenge = new URL(nextAction?.url ?? '').searchParams.get('challenge') ?? ''
    await process.payment.confirmSandboxAction({ tenant: 'acme', challenge })
    await waitFor(async () => (await get(paymentId)).state === PaymentState.SUCCEEDED)
    expect((await get(paymentId)).transitions.at(-1)?.cause).toMatch(/^webhook:evt_/)
  })
})
