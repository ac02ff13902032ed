import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type FieldViolation, PurserError } from '@purser/kernel'
import type { z } from 'zod'

/**
 * One environment variable.
 *
 * `schema` parses the text of the environment, so it starts from a string (`envInteger`, `envFlag`
 * and their neighbours do). `default` is the text a person would have typed and goes through the
 * same schema; without it an unset variable reaches the schema as undefined, so that a variable is
 * required unless its schema says `.optional()`. `secret` hides value and default in `describe()`.
 */
export type Variable<Schema extends z.ZodType = z.ZodType> = {
  name: string
  schema: Schema
  default?: string
  secret?: boolean
  doc: string
}

export type VariableTable = Record<string, Variable>

/** The typed values of a table: one property a variable, of the schema's output type. */
export type ConfigValues<Table extends VariableTable> = {
  readonly [Key in keyof Table]: z.output<Table[Key]['schema']>
}

/** Where a value came from. The process environment wins over the `.env` file. */
export type ConfigOrigin = 'env' | '.env' | 'default' | 'unset'

/** One printed row of `purser config`: text only, secrets already masked. */
export type ConfigRow = {
  name: string
  value: string
  default: string
  origin: ConfigOrigin
  doc: string
}

export type LoadedConfig<Table extends VariableTable> = {
  readonly values: ConfigValues<Table>
  /** One row a variable, in the order of the table. */
  describe(): ConfigRow[]
}

export type Config<Table extends VariableTable> = {
  readonly variables: Table
  /**
   * Reads the process environment over `<cwd>/.env` (a missing file is fine; an empty value counts
   * as unset). Throws PurserError `config.invalid` whose message and `fields` list **every** bad
   * variable with what is expected; the value of a secret never appears in it.
   */
  load(source?: ConfigSource): LoadedConfig<Table>
}

export type ConfigSource = { env?: Record<string, string | undefined>; cwd?: string }

type Resolved = { text: string | undefined; origin: ConfigOrigin }

const MASK = '********'

/** Declares the variables of a program once: types, defaults, documentation and secrecy. */
export function defineConfig<const Table extends VariableTable>(variables: Table): Config<Table> {
  return { variables, load: (source = {}) => load(variables, source) }
}

function load<Table extends VariableTable>(
  variables: Table,
  source: ConfigSource,
): LoadedConfig<Table> {
  const env = source.env ?? process.env
  const file = readEnvFile(join(source.cwd ?? process.cwd(), '.env'))
  const values: Record<string, unknown> = {}
  const rows: ConfigRow[] = []
  const bad: FieldViolation[] = []
  for (const [key, variable] of Object.entries(variables)) {
    const resolved = resolve(variable, env, file)
    rows.push(toRow(variable, resolved))
    const parsed = variable.schema.safeParse(resolved.text)
    if (parsed.success) values[key] = parsed.data
    else bad.push({ field: variable.name, message: explain(variable, resolved, parsed.error) })
  }
  if (bad.length > 0) {
    const lines = bad.map((violation) => `  ${violation.field}: ${violation.message}`)
    throw new PurserError('config.invalid', `invalid configuration\n${lines.join('\n')}`, {
      fields: bad,
    })
  }
  // Every key of the table was assigned above from its own schema.
  return { values: values as ConfigValues<Table>, describe: () => rows }
}

function resolve(
  variable: Variable,
  env: Record<string, string | undefined>,
  file: Record<string, string | undefined>,
): Resolved {
  const fromEnv = env[variable.name]
  if (fromEnv) return { text: fromEnv, origin: 'env' }
  const fromFile = file[variable.name]
  if (fromFile) return { text: fromFile, origin: '.env' }
  if (variable.default !== undefined) return { text: variable.default, origin: 'default' }
  return { text: undefined, origin: 'unset' }
}

function toRow(variable: Variable, resolved: Resolved): ConfigRow {
  const show = (text: string | undefined) => (variable.secret && text ? MASK : (text ?? ''))
  return {
    name: variable.name,
    value: show(resolved.text),
    default: show(variable.default),
    origin: resolved.origin,
    doc: variable.doc,
  }
}

function explain(variable: Variable, resolved: Resolved, error: z.ZodError): string {
  if (resolved.text === undefined) return `is required (${variable.doc})`
  const got = variable.secret ? '' : `, got ${JSON.stringify(resolved.text)}`
  const expected = error.issues.map((issue) => issue.message).join('; ')
  return `${expected}${got} (from ${resolved.origin})`
}

function readEnvFile(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
