import { type BlankDatabase, createBlankDatabase } from '@purser/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendGroup } from './grouped-query.ts'

let db: BlankDatabase
let client: pg.Client
beforeAll(async () => {
  db = await createBlankDatabase()
  client = new pg.Client({ connectionString: db.adminUrl })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await db.close()
})

const begin = ['begin', "set local application_name = 'grouped'"]
const failing = ['begin', 'set local statement_timeout = -1']
const after = ['commit']
const nameOf = { name: 'name_of', text: 'select current_setting($1) as name' }
const values = ['application_name']

test('answers each statement of a group, in one transaction', async () => {
  for (let round = 0; round < 3; round += 1) {
    const answers = await sendGroup(client, { before: begin, query: { ...nameOf, values }, after })
    expect(answers.map(({ command }) => command)).toEqual(['BEGIN', 'SET', 'SELECT', 'COMMIT'])
    expect(answers[2]?.rows).toEqual([{ name: 'grouped' }])
    const { rows } = await client.query({ ...nameOf, values })
    expect(rows).not.toEqual([{ name: 'grouped' }])
  }
})

test('skips what follows a failure, and the transaction has failed', async () => {
  await client.query('create table item (id int primary key)')
  const query = { text: 'insert into item values (1), (1)' }
  await expect(sendGroup(client, { before: begin, query, after })).rejects.toMatchObject({
    code: '23505',
  })
  await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
  await client.query('rollback')
  expect((await client.query('select id from item')).rows).toEqual([])
})

test('prepares a statement that was skipped when it is sent again', async () => {
  const query = { name: 'skipped', text: 'select 1 as one' }
  const refused = sendGroup(client, { before: failing, query, after })
  await expect(refused).rejects.toMatchObject({ code: '22023' })
  await client.query('rollback')
  expect((await client.query(query)).rows).toEqual([{ one: 1 }])
  const answers = await sendGroup(client, { before: begin, query, after })
  expect(answers[2]?.rows).toEqual([{ one: 1 }])
})

test('prepares a statement again that could not be prepared before', async () => {
  const query = { name: 'late', text: 'select id from late' }
  for (let round = 0; round < 2; round += 1) {
    const refused = sendGroup(client, { before: begin, query, after })
    await expect(refused).rejects.toMatchObject({ code: '42P01' })
    await client.query('rollback')
  }
  await client.query('create table late (id int)')
  for (let round = 0; round < 2; round += 1) {
    const answers = await sendGroup(client, { before: begin, query, after })
    expect(answers[2]?.rows).toEqual([])
  }
})
