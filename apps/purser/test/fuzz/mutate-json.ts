import fc from 'fast-check'
import { hostileJson, hostileText } from './hostile-values.ts'
import type { Json } from './json-schema.ts'

type Mutation = {
  kind: 'replace' | 'drop' | 'add' | 'wrap'
  /** Which of the places in the value, counted around. */
  at: number
  value: Json
  key: string
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'drop', 'add', 'wrap'),
  at: fc.nat({ max: 60 }),
  value: hostileJson,
  key: fc.oneof(fc.constantFrom('__proto__', 'unknown', 'constructor', ''), hostileText),
})

/** Values with one to three places changed into what the schema does not say. */
export function mutatedJson(valid: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([value, mutations]) => mutations.reduce(mutate, value))
}

function mutate(value: Json, change: Mutation): Json {
  let place = change.at % countPlaces(value)
  const visit = (item: Json): Json | undefined => {
    place -= 1
    if (place === -1) return changed(item, change)
    if (isList(item)) return item.map(visit).filter((child) => child !== undefined)
    if (typeof item !== 'object' || item === null) return item
    const entries = Object.entries(item).map(([key, child]) => [key, visit(child)] as const)
    // Not an object literal: a key may be `__proto__`.
    return Object.fromEntries(entries.filter((entry) => entry[1] !== undefined)) as Json
  }
  return visit(value) ?? {}
}

function changed(item: Json, { kind, value, key }: Mutation): Json | undefined {
  if (kind === 'drop') return undefined
  if (kind === 'wrap') return [item]
  if (kind === 'replace' || typeof item !== 'object' || item === null) return value
  if (isList(item)) return [...item, value]
  return Object.fromEntries([...Object.entries(item), [key, value]])
}

function countPlaces(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, item) => sum + countPlaces(item as Json), 1)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
