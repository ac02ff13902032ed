import { headerText } from './header-text.ts'

const looksLikeAddress = /:\/\/|www\.|@|[\p{L}\p{N}]\.\p{L}{2,}/iu

/**
 * A name as it may stand in a mail, or empty. Whoever registers chooses a name and the address that gets the mail: a
 * name such as `Win at evil.example` would make us send its link to strangers, since mail programs turn it into one.
 */
export function greetingName(name: string): string {
  const line = headerText(name)
  return looksLikeAddress.test(line) ? '' : line
}
