import { PurserError } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { addressBlock, createClientAddressFinder } from './client-address.ts'

const find = createClientAddressFinder(['10.0.0.0/8', '192.0.2.1', 'fd00::/8'])

describe('a client’s address', () => {
  test.each<[string, string | undefined, string | string[] | undefined, string]>([
    ['of the socket', '198.51.100.1', undefined, '198.51.100.1'],
    ['of a socket that is gone', undefined, '198.51.100.1', 'unknown'],
    ['of the socket, whatever it tells', '198.51.100.1', '203.0.113.1', '198.51.100.1'],
    ['told by a proxy', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['told over several hops', '10.0.0.1', '203.0.113.1, fd00::1,192.0.2.1', '203.0.113.1'],
    ['right of what is forged', '10.0.0.1', '203.0.113.9, 203.0.113.1', '203.0.113.1'],
    ['in several headers', '10.0.0.1', ['203.0.113.9', '203.0.113.1'], '203.0.113.1'],
    ['of a proxy itself', '10.0.0.1', undefined, '10.0.0.1'],
    ['of the leftmost proxy', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['of the proxy that tells nonsense', '10.0.0.1', '203.0.113.1, unknown', '10.0.0.1'],
    ['with a port', '10.0.0.1', '203.0.113.1:4711', '203.0.113.1'],
    ['of version 6 with a port', '10.0.0.1', '[2001:DB8::1]:4711', '2001:db8::1'],
    ['of version 4 in 6', '::ffff:198.51.100.1', undefined, '198.51.100.1'],
    ['of version 4 in 6, in hexadecimal', '::ffff:c633:6401', undefined, '198.51.100.1'],
    ['told by a proxy of version 4 in 6', '::ffff:10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['with a zone', 'fe80::1%eth0', undefined, 'fe80::1'],
  ])('%s', (_name, socket, forwardedFor, expected) => {
    expect(find(socket, forwardedFor)).toBe(expected)
  })

  test.each([
    ['198.51.100.1', '198.51.100.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s is limited as %s', (address, block) => {
    expect(addressBlock(address)).toBe(block)
  })

  test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'proxy', '10.0.0/8', '*', '::/129'])(
    '%s is no network',
    (network) => {
      expect(() => createClientAddressFinder([network])).toThrow(PurserError)
    },
  )
})
