/**
 * The name that somebody probably meant.
 *
 * Distance is the least number of typing slips between two texts: a letter more, less or other, or
 * two neighbours swapped (optimal string alignment, the restricted Damerau-Levenshtein distance).
 * Case and the difference between `-` and `_` count nothing.
 *
 * Source: Damerau 1964, "A technique for computer detection and correction of spelling errors"; the
 * recurrence of Boytsov 2011, "Indexing methods for approximate dictionary searching", section 2.2.
 * Cost: O(|a| |b|) a pair; for messages only.
 */

/** Slips allowed for each letter of the longer text: one in three, so that `id` is not `cpu`. */
const slipsPerLetter = 1 / 3

/** Longer texts are not typing slips of a name; comparing them would only cost time. */
const lettersMax = 64

/** The nearest of the names, or undefined where none is near. Of equally near ones the first. */
export function nearestName(text: string, names: Iterable<string>): string | undefined {
  if (text.length > lettersMax) return undefined
  let best: string | undefined
  let bestSlips = Infinity
  for (const name of names) {
    const slips = slipsBetween(folded(text), folded(name))
    const allowed = Math.max(1, Math.floor(Math.max(text.length, name.length) * slipsPerLetter))
    if (slips <= allowed && slips < bestSlips && name.length > slips) {
      best = name
      bestSlips = slips
    }
  }
  return best
}

/** `; did you mean "hold"?`, or nothing where no name is near. */
export function didYouMean(text: string, names: Iterable<string>): string {
  const name = nearestName(text, names)
  return name === undefined ? '' : `; did you mean "${name}"?`
}

function folded(text: string): string {
  return text.toLowerCase().replaceAll('-', '_')
}

/** Optimal string alignment distance: three rows of the table are alive at a time. */
export function slipsBetween(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) slips = Math.min(slips, at(before, j - 2) + 1)
      row.push(slips)
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
