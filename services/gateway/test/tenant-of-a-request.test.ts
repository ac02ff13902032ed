import { describe, expect, test } from 'vitest'
import { openGateway, reader } from './gateway-harness.ts'

/** A gateway whose catalog answers a page of categories and notes whose it was asked for. */
async function open(options: { defaultTenant?: string } = {}) {
  const asked: string[] = []
  const listCategories = ({ tenant }: { tenant: string }) => {
    asked.push(tenant)
    return { categories: [] }
  }
  const gateway = await openGateway({ ...options, methods: { listCategories } })
  const browse = async (init: Parameters<typeof gateway.ask>[1] = {}, path = '') =>
    (await gateway.ask(`/api/v1${path}/categories`, init)).status
  return { ...gateway, asked, browse }
}

const named = (tenant: string) => ({ headers: { 'x-purser-tenant': tenant } })

describe('a public request whose path names no tenant', () => {
  test('is for the default tenant, and for the one in the header before it', async () => {
    const { browse, asked } = await open({ defaultTenant: 'acme' })
    expect(await browse()).toBe(200)
    expect(await browse(named('globex'))).toBe(200)
    expect(asked).toEqual(['acme', 'globex'])
  })

  test('is for the tenant of its caller, whatever the header says', async () => {
    const { browse, asked } = await open({ defaultTenant: 'initech' })
    expect(await browse({ key: reader, ...named('globex') })).toBe(200)
    expect(asked).toEqual(['acme'])
  })

  test('must name one when there is no default, and a sane one', async () => {
    const { browse, ask, asked } = await open()
    expect(await browse()).toBe(400)
    expect(await browse(named('../acme'))).toBe(400)
    const refused = await ask('/api/v1/categories')
    expect(await refused.json()).toMatchObject({ errors: [{ field: 'tenant' }] })
    expect(asked).toEqual([])
  })

  test('is for the tenant in the path where there is one', async () => {
    const { browse, asked } = await open({ defaultTenant: 'acme' })
    expect(await browse(named('globex'), '/tenants/initech')).toBe(200)
    expect(asked).toEqual(['initech'])
  })
})

test('the header opens no door: a method with a permission is refused without credentials', async () => {
  const methods = { consumeUsage: () => expect.unreachable() }
  const { ask } = await openGateway({ defaultTenant: 'acme', methods })
  const body = JSON.stringify({
    account_id: 'a',
    features: [{ feature_key: 'api', quantity: '1' }],
  })
  const headers = { 'content-type': 'application/json', 'x-purser-tenant': 'acme' }
  const response = await ask('/api/v1/usage/consume', { method: 'POST', headers, body })
  expect(response.status).toBe(401)
})
