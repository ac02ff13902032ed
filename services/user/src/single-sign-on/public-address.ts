import { BlockList, isIP } from 'node:net'

// IANA special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry and
// https://www.iana.org/assignments/iana-ipv6-special-registry
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** Of the one block that is handed out, 2000::/3: tunnels and documentation. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const special = new BlockList()
for (const [family, networks] of [
  ['ipv4', special4],
  ['ipv6', special6],
] as const) {
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/')
    special.addSubnet(address, Number(bits), family)
  }
}

const handedOut6 = new BlockList()
handedOut6.addSubnet('2000::', 3, 'ipv6')

/** Whether an IP address belongs to the public internet: nobody's network at home is reached by it. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4')
    case 6:
      return handedOut6.check(address, 'ipv6') && !special.check(address, 'ipv6')
    default:
      return false
  }
}

/** Whether an IP address is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
