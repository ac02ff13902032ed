import { type DescEnum, type DescField, ScalarType } from '@bufbuild/protobuf'
import { type FieldRules, Format } from '@purser/contracts/options'
import { AssertionError, assert } from '@purser/kernel'
import { wordsOfPattern } from './pattern-words.ts'
import { textFormats } from './text-format.ts'

/** What is wrong with one value, or undefined. Numbers, bigints, texts, bytes; never messages. */
export type ValueCheck = (value: unknown) => string | undefined

/**
 * The checks of a text. A length counts Unicode code points. A pattern that does not compile is a
 * bug in the contract and throws an AssertionError, so that the host does not start.
 */
function textCheck(rules: FieldRules, field: DescField): ValueCheck | undefined {
  const checks = [
    rules.minLength > 0 ? atLeastLong(rules.minLength) : undefined,
    rules.maxLength > 0 ? atMostLong(rules.maxLength) : undefined,
    rules.pattern === '' ? undefined : matching(rules.pattern, field),
    rules.format === Format.UNSPECIFIED ? undefined : formatted(rules.format, field),
  ].filter((check) => check !== undefined)
  if (checks.length === 0) return undefined
  return (value) => {
    for (const check of checks) {
      const problem = check(value as string)
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

export function atMostLong(maximum: number) {
  const problem = `must have at most ${count(maximum, 'character')}`
  // A text has at most as many code points as UTF-16 units, so most texts need no counting.
  return (text: string) =>
    text.length > maximum && codePoints(text) > maximum ? problem : undefined
}

export function atLeastLong(minimum: number) {
  const problem = `must have at least ${count(minimum, 'character')}`
  return (text: string) => (codePoints(text) < minimum ? problem : undefined)
}

function matching(pattern: string, field: DescField) {
  const regExp = compile(pattern, field)
  const problem = wordsOfPattern(pattern) ?? 'is not written as expected'
  return (text: string) => (regExp.test(text) ? undefined : problem)
}

function formatted(format: Exclude<Format, Format.UNSPECIFIED>, field: DescField) {
  const textFormat = textFormats[format]
  assert(textFormat, () => `${field} has the unknown format ${format}`)
  return (text: string) => (textFormat.matches(text) ? undefined : textFormat.expected)
}

/** Bounds of a number of any width; NaN and the infinities are outside of every bound. */
function numberCheck(rules: FieldRules): ValueCheck | undefined {
  const { minimum, maximum } = rules
  if (minimum === undefined && maximum === undefined) return undefined
  return (value) => {
    const number = value as number | bigint
    if (typeof number === 'number' && !Number.isFinite(number)) return 'must be a finite number'
    if (minimum !== undefined && number < minimum) return `must be at least ${minimum}`
    if (maximum !== undefined && number > maximum) return `must be at most ${maximum}`
    return undefined
  }
}

/** proto3 enums are open on the wire; the platform takes only values that it knows. */
export function enumCheck(desc: DescEnum): ValueCheck {
  const known = desc.values.map((value) => value.name).join(', ')
  return (value) =>
    desc.value[value as number] === undefined ? `must be one of ${known}` : undefined
}

/** The check of a scalar of this type under these rules; undefined when anything passes. */
export function scalarCheck(
  scalar: ScalarType,
  rules: FieldRules | undefined,
  field: DescField,
): ValueCheck | undefined {
  if (!rules || scalar === ScalarType.BOOL || scalar === ScalarType.BYTES) return undefined
  return scalar === ScalarType.STRING ? textCheck(rules, field) : numberCheck(rules)
}

function codePoints(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** `1 item`, `2 items`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

function compile(pattern: string, field: DescField): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch (error) {
    throw new AssertionError(`the pattern of ${field} does not compile: ${error}`)
  }
}
