import { expect, test } from 'vitest'
import { commentText } from '../plugin/comment-text.mjs'

test.each([
  [undefined, ''],
  [' One line.\n', 'One line.'],
  [' Two lines\n that are one sentence.\n', 'Two lines that are one sentence.'],
  [' One.\n\n Two.\n', 'One.\n\nTwo.'],
  [' Kinds:\n - first\n   goes on\n - second\n', 'Kinds:\n- first goes on\n- second'],
])('%j reads as %j', (leading, text) => {
  expect(commentText(leading)).toBe(text)
})
