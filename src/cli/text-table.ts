/** Tables for people: columns as wide as their widest cell, numbers to the right. */

/** What a cell of a column of numbers looks like; a dash where there is none. */
const numberPattern = /^(–|[-+]?[\d.,]+(e[-+]?\d+)?%?)$/

/** `header` over `rows`, each as long as the header. Ends in a newline. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((title, column) => {
    const cells = rows.map((row) => row[column] ?? '')
    return {
      width: Math.max(title.length, ...cells.map((cell) => cell.length)),
      numeric: cells.length > 0 && cells.every((cell) => numberPattern.test(cell)),
    }
  })
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ width, numeric }, column) => {
        const cell = cells[column] ?? ''
        return numeric ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [header, ...rows].map((cells) => line(cells) + '\n').join('')
}
