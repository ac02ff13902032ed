import { expect, test } from 'vitest'
import { serviceNames } from '../manifests.ts'
import { hostedServices } from './hosted-services.ts'

const hosted = (services: string, mailInvoices = false) =>
  hostedServices({ services, mailInvoices })

test('all of them, or those that are named', () => {
  expect(hosted('all')).toEqual(new Set(['gateway', ...serviceNames]))
  expect(hosted('gateway, order')).toEqual(new Set(['gateway', 'order']))
  expect(hosted('shipping,order,user,subscription').size).toBe(4)
})

test('refuses what it does not know, and says what there is', () => {
  expect(() => hosted('gateway,orders')).toThrow(/SERVICES names orders; known are all, gateway, /)
})

test.each([
  ['shipping', 'order'],
  ['user', 'subscription'],
])('refuses %s without %s, who would not hear it', (teller, hearer) => {
  expect(() => hosted(teller)).toThrow(`SERVICES names ${teller} without ${hearer}`)
})

test('invoices are told to who mails them', () => {
  expect(hosted('invoicing')).toEqual(new Set(['invoicing']))
  expect(() => hosted('invoicing', true)).toThrow('SERVICES names invoicing without notification')
})
