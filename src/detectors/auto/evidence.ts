/** What each part says of the sample at hand, and in words what the loudest of them says. */

/**
 * Kinds of evidence, in decades of rarity ≥ 0 where nothing else is said. Reused from sample to
 * sample.
 */
export class Evidence {
  /** Deviations from the forecast, signed. */
  deviations = 0
  /** Off the forecast, by a slow and by a fast idea of the usual error. */
  offForecast = 0
  offForecastLately = 0
  /** Off the forecast to one side for a while. */
  sustained = 0
  /** Off the level. */
  offLevel = 0
  /** Off the level of the last hundred samples, in octaves beyond two deviations. */
  farOffLevel = 0
  /** How rare the last two coarse levels are in a row. */
  rarePair = 0
  /** More new pairs, levels, levels at this time and at this hour than usual. */
  newPairs = 0
  newLevels = 0
  newAtThisTime = 0
  newAtThisHour = 0
  /** Never seen at this hour at all. */
  unseenAtThisHour = false
  /** The hour of the local day, 0 to 23. */
  hour = 0
  /** Outside of everything seen so far. */
  beyondRange = false
  /** The same value for longer than ever. */
  standstill = false
  /** A whole day was seen, so that times of the day can be told apart. */
  dayKnown = false
  /** How far the forecast is to be trusted, in [0, 1]. */
  trust = 0
}

/** The evidence in words, as a reader of an alarm wants it. */
export function evidenceText(said: Evidence): string {
  const deviations = Math.abs(said.deviations)
  const side = said.deviations < 0 ? 'below' : 'above'
  const words: string[] = []
  if (said.beyondRange) words.push('outside of everything seen so far')
  if (said.standstill) words.push('the same value for longer than ever')
  if (said.offForecast >= 2) words.push(`${deviationsInWords(deviations)} ${side} forecast`)
  if (said.farOffLevel >= 2) words.push('far from its level of late')
  if (said.sustained >= 2) words.push(`${side} forecast for a while`)
  const atThisTime = Math.max(said.newAtThisTime, said.newAtThisHour)
  if (said.dayKnown && said.unseenAtThisHour)
    words.push(`never seen at this hour (${clock(said.hour)})`)
  else if (said.dayKnown && atThisTime >= 3) words.push('unlike this time of day lately')
  if (said.newLevels >= 3 || (!said.dayKnown && atThisTime >= 3)) words.push('new levels lately')
  if (said.newPairs >= 3 || said.rarePair >= 2) words.push('a change of level seldom seen')
  return words.length === 0 ? 'several weak signs at once' : words.join('; ')
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}

/** `6.1 σ`. */
export function deviationsInWords(deviations: number): string {
  if (deviations >= 100) return 'over 100 σ'
  return `${deviations.toFixed(deviations < 10 ? 1 : 0)} σ`
}
