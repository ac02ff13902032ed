import { setTimeout as delay } from 'node:timers/promises'

const PAUSE_MS = 20

/** Long past every bound: whoever gets in until then is not being shut out. */
const GIVE_UP_MS = 30_000

/** A request to the platform's edge; `as` is a credential. */
export type Sent = { method?: string; body?: object; as: string }

/** Sends a request to one gateway; answers its status and the JSON of its body. */
export async function send(url: string, sent: Sent) {
  const { method = sent.body ? 'POST' : 'GET', body, as } = sent
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) }
}

/** How a gateway shut a caller out: the times count from the answer to what shut them out. */
export type ShutOut = {
  status: number
  /** When the last request was sent that still got in; below 0 when none was since. */
  lastAdmittedMs: number
  /** When the first refusal was there. */
  refusedMs: number
}

/** Asks without pause what a caller could read until now, and answers how that ended after `revoke` has answered. */
export async function watchShutOut(
  urls: readonly string[],
  as: string,
  revoke: () => Promise<unknown>,
): Promise<ShutOut[]> {
  for (const url of urls) await expectAdmitted(url, as)
  const [revokedMs, ...ends] = await Promise.all([
    revoke().then(() => performance.now()),
    ...urls.map((url) => refusalOf(url, as)),
  ])
  return ends.map(({ status, lastAdmittedMs, refusedMs }) => ({
    status,
    lastAdmittedMs: lastAdmittedMs - revokedMs,
    refusedMs: refusedMs - revokedMs,
  }))
}

async function expectAdmitted(url: string, as: string): Promise<void> {
  const { status, json } = await send(url, { as })
  if (status !== 200) throw new Error(`${url}: ${status} ${JSON.stringify(json)}`)
}

async function refusalOf(url: string, as: string): Promise<ShutOut> {
  let lastAdmittedMs = performance.now()
  const giveUpMs = lastAdmittedMs + GIVE_UP_MS
  for (;;) {
    const sentMs = performance.now()
    const { status } = await send(url, { as })
    if (status !== 200) return { status, lastAdmittedMs, refusedMs: performance.now() }
    if (sentMs > giveUpMs) throw new Error(`${url} lets a caller in who was shut out`)
    lastAdmittedMs = sentMs
    await delay(PAUSE_MS)
  }
}
