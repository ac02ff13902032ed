import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@purser/testing'
import { describe, expect, test } from 'vitest'
import { takeOwnerLock } from './owner-lock.ts'
import { processSpace, processStart } from './process-identity.ts'

const self = { pid: process.pid, start: processStart(process.pid), space: processSpace() }
const longAgo = new Date(0)

describe('the owner of a data folder', () => {
  test('is named by process and start time, and gives the folder free', async () => {
    await using folder = await temporaryFolder()
    const lock = await takeOwnerLock(folder.path)
    const owner = JSON.parse(await readFile(join(folder.path, 'owner.json'), 'utf8'))
    expect(owner).toEqual(self)
    await expect(takeOwnerLock(folder.path)).rejects.toMatchObject({ code: 'platform.unavailable' })
    await lock.release()
    expect(await readdir(folder.path)).toEqual([])
    await (await takeOwnerLock(folder.path)).release()
  })

  test('is passed over when its process is gone, also when the number was used again', async () => {
    for (const owner of [
      { ...self, start: 'another time' },
      { ...self, pid: 2 ** 30 },
    ]) {
      await using folder = await temporaryFolder({ 'owner.json': JSON.stringify(owner) })
      const lock = await takeOwnerLock(folder.path)
      await expect(lock.release()).resolves.toBeUndefined()
    }
  })

  test('in another container is passed over when its heartbeat stopped', async () => {
    for (const text of [JSON.stringify({ ...self, space: 'elsewhere' }), 'half a fi']) {
      await using folder = await temporaryFolder({ 'owner.json': text })
      await utimes(join(folder.path, 'owner.json'), longAgo, longAgo)
      const lock = await takeOwnerLock(folder.path)
      await expect(lock.release()).resolves.toBeUndefined()
    }
  })

  test('in another container keeps the folder while its heart beats', async () => {
    const owner = JSON.stringify({ ...self, space: 'elsewhere' })
    await using folder = await temporaryFolder({ 'owner.json': owner })
    const beat = setInterval(() => void writeFile(join(folder.path, 'owner.json'), owner), 50)
    const second = takeOwnerLock(folder.path)
    await expect(second).rejects.toThrow(/^Another copy \(process \d+\) already runs on/)
    clearInterval(beat)
  })
})
