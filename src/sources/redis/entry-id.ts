/**
 * Ids of stream entries as offsets: `1700000000123-4` is 1700000000123 × 2048 + 4.
 *
 * 2048 entries a millisecond is beyond what Redis takes; where a script adds more at one frozen
 * time, they spill over into the milliseconds that the script itself lasts. Exact until 2109.
 */

const perMs = 2048

/** NaN for what is no id. */
export function offsetOfId(id: string): number {
  const dash = id.indexOf('-')
  return dash < 0 ? NaN : Number(id.slice(0, dash)) * perMs + Number(id.slice(dash + 1))
}

/** The id that an offset was made of, where it did not spill over. */
export function idOfOffset(offset: number): string {
  return `${Math.floor(offset / perMs)}-${offset % perMs}`
}

/** When the entry was added, Unix milliseconds. */
export function msOfId(id: string): number {
  return Number(id.slice(0, id.indexOf('-')))
}
