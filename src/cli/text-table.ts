/**
 * Tables for people: columns as wide as their widest cell, numbers to the right.
 */

/** A cell; numbers are aligned to the right. */
export type Cell = string | number

/** `header` over `rows`, each as long as the header. Ends in a newline. */
export function textTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column] ?? '').length)),
  )
  const line = (cells: readonly Cell[], right: (column: number) => boolean): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return right(column) ? String(cell).padStart(width) : String(cell).padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const numeric = (column: number): boolean =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number' || row[column] === '–')
  const lines = [line(header, numeric), ...rows.map((row) => line(row, numeric))]
  return lines.join('\n') + '\n'
}
