/** Combining marks, which NFKD splits off letters: the accents of `é`. */
const MARKS = /\p{M}+/gu
/** Everything that is neither letter nor digit parts words, as it does in what is looked for. */
const GAPS = /[^\p{L}\p{N}]+/gu

/** Longest word that counts; longer ones are cut. */
const MAX_WORD_LENGTH = 40
/** Words of a question that count. */
const MAX_WORDS = 8
/** Words of a text that are kept for suggestions and corrections begin at this length. */
const MIN_KNOWN_LENGTH = 3

/** The words of a text in lower case, without accents, parted by single spaces: `Café-Crème` is `cafe creme`. */
export function foldText(text: string): string {
  const folded = text.normalize('NFKD').replaceAll(MARKS, '').toLowerCase()
  return folded.replaceAll(GAPS, ' ').trim()
}

/** The words of a question, at most 8. */
export function wordsOf(question: string): string[] {
  const words = foldText(question).split(' ')
  return words
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS)
    .map(cut)
}

/** Words of folded texts that questions may be completed and corrected to, each once, in order. */
export function knownWords(folded: Iterable<string>): string[] {
  const words = new Set<string>()
  for (const text of folded) {
    for (const word of text.split(' ')) {
      if (word.length >= MIN_KNOWN_LENGTH && word.length <= MAX_WORD_LENGTH) words.add(word)
    }
  }
  return [...words].toSorted()
}

/** Trigrams of a word, padded as pg_trgm does: `cat` is `  c`, ` ca`, `cat`, `at `. Each once. */
export function trigramsOf(word: string): string[] {
  const letters = [...`  ${word} `]
  const count = letters.length - 2
  return [...new Set(Array.from({ length: count }, (_, at) => letters.slice(at, at + 3).join('')))]
}

/**
 * What a word is looked up by when it is misspelled: `3` and each of its trigrams, `1` and the word
 * itself, `1` and the word less one letter. Two words share a key of the second kind when one becomes
 * the other by adding, dropping or changing a letter, or by swapping two neighbours (SymSpell).
 */
export function keysOf(word: string): string[] {
  const letters = [...word]
  const shorter = letters.map((_, at) => letters.toSpliced(at, 1).join(''))
  return [
    ...trigramsOf(word).map((trigram) => `3${trigram}`),
    ...new Set([word, ...shorter].map((text) => `1${text}`)),
  ]
}

function cut(word: string): string {
  return [...word].slice(0, MAX_WORD_LENGTH).join('')
}
