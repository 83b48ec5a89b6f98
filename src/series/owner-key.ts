/** The key of a series among the keys of owners. */

/** What the key of every series begins with. */
const ownerPrefix = 'series/'

/** The owner's key of a series. */
export function ownerKeyOf(seriesKey: string): string {
  return ownerPrefix + seriesKey
}

/** What the key of every alarm that its series has left behind begins with. */
const orphanPrefix = 'series-orphan/'

/** The owner's key of an alarm that its series has left behind; an alarm id has no slash. */
export function orphanKeyOf(alarmId: string, seriesKey: string): string {
  return `${orphanPrefix}${alarmId}/${seriesKey}`
}

/** Whether the owner is an alarm that its series has left behind. */
export function isOrphanKey(ownerKey: string): boolean {
  return ownerKey.startsWith(orphanPrefix)
}

/** The series key that says in which shard an owner is; undefined where every shard has it. */
export function shardKeyOf(ownerKey: string): string | undefined {
  if (!isOrphanKey(ownerKey)) return seriesKeyOf(ownerKey)
  return ownerKey.slice(ownerKey.indexOf('/', orphanPrefix.length) + 1)
}

/** The series key in the key of an owner; undefined where it is another kind of owner. */
export function seriesKeyOf(ownerKey: string): string | undefined {
  return ownerKey.startsWith(ownerPrefix) ? ownerKey.slice(ownerPrefix.length) : undefined
}
