/**
 * The text of a proto comment as people read it: lines joined to paragraphs, an empty line between
 * paragraphs, list items (`- ` or `* `) on lines of their own. Empty when there is no comment.
 */
export function commentText(leading) {
  const paragraphs = ['']
  for (const line of (leading ?? '').split('\n').map((text) => text.trim())) {
    const last = paragraphs.length - 1
    if (line === '') paragraphs.push('')
    else if (paragraphs[last] === '') paragraphs[last] = line
    else paragraphs[last] += (/^[-*] /.test(line) ? '\n' : ' ') + line
  }
  return paragraphs.filter((text) => text !== '').join('\n\n')
}
