import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Calls the protected route until it is refused, then shows the countdown of its answer:
 * `node examples/middleware/watch-countdown.ts <account> [url] [seconds to watch]`.
 */
const [account = '', url = 'http://localhost:4000/widgets', seconds = '5'] = process.argv.slice(2)
const call = () => fetch(url, { headers: { 'x-account': account } })

let answer = await call()
while (answer.ok) {
  console.log(`${answer.status}  left ${answer.headers.get('x-ratelimit-remaining')}`)
  answer = await call()
}
for (let watched = 0; watched < Number(seconds) && !answer.ok; watched += 1) {
  const { title } = (await answer.json()) as { title: string }
  console.log(`${answer.status}  ${title}, again in ${answer.headers.get('retry-after')} s`)
  await sleep(1_000)
  answer = await call()
}
