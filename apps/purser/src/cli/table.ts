/** Rows as aligned columns, the first row the head; columns whose head ends in `>` are aligned right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const head = rows[0] ?? []
  const widths = head.map((_, column) => Math.max(...rows.map((row) => cell(row, column).length)))
  const lines = rows.map((row) =>
    head
      .map((title, column) => {
        const width = widths[column] ?? 0
        return title.endsWith('>')
          ? cell(row, column).padStart(width)
          : cell(row, column).padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function cell(row: readonly string[], column: number): string {
  return (row[column] ?? '').replace(/>$/, '')
}
