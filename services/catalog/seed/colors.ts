/** Colors of the demo shop by the names that people give them. */
export const colors: Readonly<Record<string, string>> = {
  Acacia: '#9a6b43',
  Amber: '#d98e2b',
  Black: '#2b2b2e',
  Blue: '#3f6fae',
  Brass: '#c09a4a',
  Brown: '#6f4a32',
  Camel: '#b98d5b',
  Charcoal: '#44474d',
  Clear: '#c9dfe4',
  Copper: '#b8693d',
  Cream: '#efe4cc',
  Green: '#4d7a57',
  Grey: '#8b9096',
  Indigo: '#3a3f78',
  Mint: '#9fcdb6',
  Mustard: '#cf9f32',
  Natural: '#d9c7a3',
  Navy: '#28395c',
  Oak: '#c49a66',
  Olive: '#73743f',
  Orange: '#d9682b',
  Plum: '#6d3b5e',
  Red: '#b9403a',
  Rose: '#dba5a1',
  Rust: '#a9532f',
  Sage: '#9bab8b',
  Sand: '#d2bd95',
  Silver: '#b7bdc3',
  Smoke: '#6e7378',
  Steel: '#a3abb2',
  Tan: '#b3814f',
  Teal: '#2f7f80',
  Walnut: '#70492f',
  White: '#f4f2ec',
  Yellow: '#e3b93c',
}

/** A color mixed with another; `share` of it, from 0 to 1. */
export function mixed(color: string, other: string, share: number): string {
  const channels = [1, 3, 5].map((at) => {
    const [a, b] = [color, other].map((each) => Number.parseInt(each.slice(at, at + 2), 16))
    return Math.round((a ?? 0) * (1 - share) + (b ?? 0) * share)
  })
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
