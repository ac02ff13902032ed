import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holdsCardNumber } from './card-number.ts'

describe('reads as a card number', () => {
  // Test numbers that the networks and their processors publish.
  test.each([
    '4242424242424242',
    '4242 4242 4242 4242',
    '4242-4242-4242-4242',
    '4222222222222',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '3056930009020004',
    '3566002020360505',
    '6205500000000000004',
    '6759649826438453',
    'my card is 4000056655665556, thanks',
    'order_4000056655665556',
    '４２４２４２４２４２４２４２４２',
  ])('%s', (text) => {
    expect(holdsCardNumber(text)).toBe(true)
  })
})

describe('reads as something else', () => {
  test.each([
    '',
    '4242424242424241',
    '42424242424242424242424242424242',
    '1700000000000',
    '1771156800000',
    '0000000000000000',
    'pay_01k3x5rj8vf4n9c2d7q6m0b1ta',
    '0198a7c2-4242-7242-8242-424242424242',
    '+49 30 901820',
    'DE89 3704 0044 0532 0130 00',
  ])('%s', (text) => {
    expect(holdsCardNumber(text)).toBe(false)
  })
})

test('a digit changed in a card number no longer reads as one', () => {
  const number = '4242424242424242'
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const digit = (Number(number[at]) + by) % 10
      return !holdsCardNumber(number.slice(0, at) + digit + number.slice(at + 1))
    }),
  )
})
