import { type BlankDatabase, createBlankDatabase } from '@purser/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendTogether } from './send-together.ts'

let db: BlankDatabase
let client: pg.Client
beforeAll(async () => {
  db = await createBlankDatabase()
  client = new pg.Client({ connectionString: db.adminUrl, pipeline: true })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await db.close()
})

const begin = { text: "begin; set local application_name = 'together'" }
const failing = { text: 'begin; set local statement_timeout = -1' }
const commit = { text: 'commit' }
const nameOf = {
  name: 'name_of',
  text: 'select current_setting($1) as name',
  values: ['application_name'],
}

test('answers each statement, in one transaction', async () => {
  for (let round = 0; round < 3; round += 1) {
    const answers = await sendTogether(client, [begin, nameOf, commit])
    expect(answers[1]?.rows).toEqual([{ name: 'together' }])
    expect(answers[2]?.command).toBe('COMMIT')
    const { rows } = await client.query(nameOf)
    expect(rows).not.toEqual([{ name: 'together' }])
  }
})

test('a commit behind a failure stores nothing and leaves no transaction open', async () => {
  await client.query('create table item (id int primary key)')
  const first = { text: 'insert into item values (1)' }
  for (const together of [
    [begin, first, first, commit],
    [failing, first, commit],
  ]) {
    await expect(sendTogether(client, together)).rejects.toMatchObject({
      code: together[0] === begin ? '23505' : '22023',
    })
    expect(client.getTransactionStatus()).toBe('I')
    expect((await client.query('select id from item')).rows).toEqual([])
  }
})

test('prepares a statement again that could not be prepared before', async () => {
  const query = { name: 'late', text: 'select id from late' }
  for (let round = 0; round < 2; round += 1) {
    const refused = sendTogether(client, [begin, query, commit])
    await expect(refused).rejects.toMatchObject({ code: '42P01' })
  }
  await client.query('create table late (id int)')
  for (let round = 0; round < 2; round += 1) {
    const answers = await sendTogether(client, [begin, query, commit])
    expect(answers[1]?.rows).toEqual([])
  }
})
