import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PurserError } from '@purser/kernel'
import Handlebars from 'handlebars'
import { checkPresent, type Variables } from '../domain/check-variables.ts'
import { greetingName } from '../domain/greeting-name.ts'
import { headerText } from '../domain/header-text.ts'
import type { Content } from '../domain/message.ts'
import { neededVariables } from './needed-variables.ts'

/** Whom a mail is for and from, in every template as `sender_name` and `recipient_name`. */
export type Parties = { senderName: string; recipientName: string }

type Part = 'subject' | 'text' | 'html'
type Render = (values: object) => string
type Template = { language: string; needed: readonly string[]; render: Record<Part, Render> }

const parts: readonly Part[] = ['subject', 'text', 'html']
const provided: ReadonlySet<string> = new Set(['sender_name', 'recipient_name'])
const DEFAULT_LANGUAGE = 'en'

/**
 * The templates of a folder: `<key>.{subject,text,html}.hbs` in English, translations in a folder of each language
 * (`de/<key>.…`). HTML is escaped; subject and text are plain. All are compiled at once, so that a broken one stops
 * the start.
 */
export class TemplateLibrary {
  readonly #templates = new Map<string, Template>()
  readonly #layout: Record<'text' | 'html', Render>

  constructor(folder: URL) {
    const path = fileURLToPath(folder)
    const engine = Handlebars.create()
    engine.registerHelper('lines', eachLine)
    for (const file of filesOf(join(path, 'partials'))) {
      const name = file.replace(/\.hbs$/, '')
      engine.registerPartial(name, readFileSync(join(path, 'partials', file), 'utf8'))
    }
    this.#layout = {
      text: compile(engine, join(path, 'layout.text.hbs')),
      html: compile(engine, join(path, 'layout.html.hbs')),
    }
    for (const language of [DEFAULT_LANGUAGE, ...languagesOf(path)]) {
      const own = language === DEFAULT_LANGUAGE ? path : join(path, language)
      for (const file of filesOf(own)) {
        const key = /^(.+)\.subject\.hbs$/.exec(file)?.[1]
        if (key !== undefined) this.#add(engine, { key, language, folder: own })
      }
    }
  }

  /** Keys of all templates, in order. */
  keys(): string[] {
    const english = [...this.#templates.keys()].filter((name) => !name.includes('/'))
    return english.toSorted()
  }

  /** Variables that a template needs in a language. Throws `notification.unknown_template`. */
  neededBy(key: string, locale: string): readonly string[] {
    return this.#find(key, locale).needed
  }

  /**
   * Fills a template in the language of a BCP 47 tag, or in English where there is no translation. Throws
   * `notification.unknown_template` and `notification.missing_variable`.
   */
  render(
    key: string,
    locale: string,
    { variables, ...parties }: Parties & { variables: Variables },
  ): Content {
    const { language, needed, render } = this.#find(key, locale)
    // Strict mode does not look at the arguments of blocks.
    checkPresent(key, needed, variables)
    const values = {
      ...mapValues(variables, withoutControls),
      sender_name: headerText(parties.senderName),
      recipient_name: greetingName(parties.recipientName),
      language,
    }
    const subject = headerText(render.subject(values))
    const wrap = (part: 'text' | 'html') =>
      this.#layout[part]({ ...values, subject, body: render[part](values).trim() })
    return { subject, text: wrap('text'), html: wrap('html') }
  }

  #add(
    engine: typeof Handlebars,
    { key, language, folder }: { key: string; language: string; folder: string },
  ): void {
    const paths = parts.map((part) => [part, join(folder, `${key}.${part}.hbs`)] as const)
    const needed = paths.flatMap(([, path]) => neededVariables(readFileSync(path, 'utf8')))
    const compiled = paths.map(([part, path]) => [part, compile(engine, path)])
    this.#templates.set(language === DEFAULT_LANGUAGE ? key : `${language}/${key}`, {
      language,
      needed: [...new Set(needed)].filter((name) => !provided.has(name)).toSorted(),
      render: Object.fromEntries(compiled) as Record<Part, Render>,
    })
  }

  #find(key: string, locale: string): Template {
    const language = locale.split('-')[0]?.toLowerCase() ?? ''
    const found = this.#templates.get(`${language}/${key}`) ?? this.#templates.get(key)
    if (found !== undefined && !key.includes('/')) return found
    throw new PurserError('notification.unknown_template', `There is no template "${key}".`, {
      fields: [{ field: 'template_key', message: `must be one of ${this.keys().join(', ')}` }],
    })
  }
}

function compile(engine: typeof Handlebars, path: string): Render {
  return engine.compile(readFileSync(path, 'utf8'), {
    strict: true,
    knownHelpers: { lines: true },
    knownHelpersOnly: true,
    noEscape: !path.endsWith('.html.hbs'),
  })
}

/** Block helper: its content once for each line of a text that is not empty. */
function eachLine(text: string, { fn }: Handlebars.HelperOptions): string {
  const lines = text.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .map((line) => fn(line))
    .join('')
}

/** What no text of a person needs; a carriage return would double the breaks of a mail. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '')
}

function mapValues(variables: Variables, change: (text: string) => string): Variables {
  return Object.fromEntries(Object.entries(variables).map(([name, text]) => [name, change(text)]))
}

function filesOf(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

function languagesOf(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true })
  return entries.filter((entry) => /^[a-z]{2,3}$/.test(entry.name)).map(({ name }) => name)
}
