import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { connectionUrl } from './connection-url.ts'

/** How the driver reads a URL. */
function read(url: string) {
  const { host, port, user, database, password } = new pg.Client({ connectionString: url })
  return { host, port, user, database, password }
}

describe('connectionUrl', () => {
  test('replaces user, password and database and keeps the rest', () => {
    const url = connectionUrl('postgres://admin:a@db.example:6000/main?application_name=x', {
      user: 'purser_billing',
      password: 'p@ss/w:rd?#%',
      database: 'other db',
    })
    expect(url).toContain('application_name=x')
    expect(read(url)).toMatchObject({
      host: 'db.example',
      port: 6000,
      user: 'purser_billing',
      password: 'p@ss/w:rd?#%',
    })
    expect(decodeURIComponent(new URL(url).pathname)).toBe('/other db')
  })

  test("does not carry one user's password over to another", () => {
    const url = connectionUrl('postgres://admin:secret@h/d', { user: 'other' })
    expect(url).not.toContain('secret')
  })

  test('names a unix socket with and without a host', () => {
    for (const base of [
      'postgres://admin@localhost:5432/main?host=%2Ftmp%2Fs',
      'postgres://admin@/main?host=/tmp/s',
      'postgres:///main?host=/tmp/s',
    ]) {
      const url = connectionUrl(base, { user: 'u', password: 'p' })
      expect(read(url), base).toMatchObject({ host: '/tmp/s', database: 'main', user: 'u' })
    }
  })

  test('refuses other text without repeating it', () => {
    for (const base of ['', 'db.example', 'mysql://u:hunter2@h/d', 'postgres://u:hunter2@[/d']) {
      expect(() => connectionUrl(base, {})).toThrow(/^(?!.*hunter2).*must look like/)
    }
  })
})
