/** The key of a series among the keys of owners. */

/** What the key of every series begins with. */
const ownerPrefix = 'series/'

/** The owner's key of a series. */
export function ownerKeyOf(seriesKey: string): string {
  return ownerPrefix + seriesKey
}

/** The series key in the key of an owner; undefined where it is another kind of owner. */
export function seriesKeyOf(ownerKey: string): string | undefined {
  return ownerKey.startsWith(ownerPrefix) ? ownerKey.slice(ownerPrefix.length) : undefined
}
