/**
 * The name that was probably meant.
 *
 * Distance is the number of letters to insert, delete, change or swap with their neighbour.
 *
 * Source: Damerau 1964; the restricted form (optimal string alignment).
 * Cost: product of the lengths.
 */

/** The name nearest to `wrong`, if at most a third of its letters differ. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wrong.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase())
    if (distance >= bestDistance) continue
    best = name
    bestDistance = distance
  }
  return best
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      const cost = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + change,
      )
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(swapped ? Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1) : cost)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length] ?? 0
}
