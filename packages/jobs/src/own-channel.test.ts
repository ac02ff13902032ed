import { EventEmitter } from 'node:events'
import { silentLogger } from '@purser/runtime'
import { expect, test } from 'vitest'
import { channelOf, hearOwnJobs } from './own-channel.ts'

test('workers are woken by jobs of their own schema alone', () => {
  const events = new EventEmitter()
  hearOwnJobs(events, 'order_jobs', silentLogger)
  let woken = 0
  const workerPool = { nudge: (count: number) => void (woken += count) }
  const tell = (channel: string) =>
    events.emit('pool:listen:notification', { workerPool, message: { channel } })
  for (const channel of ['jobs:insert', channelOf('user_jobs'), channelOf('order')]) tell(channel)
  expect(woken).toBe(0)
  tell(channelOf('order_jobs'))
  expect(woken).toBe(1)
})
