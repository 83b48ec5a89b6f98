/**
 * Which series have their recent samples kept.
 *
 * With a hundred thousand series the samples of all of them do not fit, and throwing out the least
 * recently updated one for each newcomer would leave every series with one sample. So a place is
 * given by need:
 *
 *   looked at by somebody    always gets a place
 *   its alarm is up          gets the place of a series that nobody needs
 *   any other                gets a free place, or that of a series that went silent
 *
 * and is lost in the opposite order. What is kept stays whole; what is not kept is judged and
 * listed like any other series, only its chart begins when somebody looks.
 *
 * Cost: O(1) for a series that has a place; a search over the places, at most once a second for
 * series that come in vain, for one that has none.
 */

import type { LastForecast } from './last-forecast.ts'
import { SampleRing } from './sample-ring.ts'

/** Bounds of what is kept. */
export interface KeptSeriesLimits {
  readonly seriesMax: number
  readonly historySamples: number
}

/** A series with a place. */
export interface Place {
  readonly key: string
  readonly ring: SampleRing
  /** Absent where nobody forecasts it. */
  forecast?: LastForecast
  /** When it last got a sample, by the sink's clock. */
  updatedMs: number
  /** When somebody last looked; -Infinity for never. */
  viewedMs: number
  /** Its alarm is pending or firing. */
  alarmed: boolean
}

type Need = 'viewed' | 'alarmed' | 'any'

/** Somebody who looked this recently is still looking: a page asks several times a second. */
const viewMs = 600_000

/** A series without a sample for this long may lose its place to one that has samples. */
const silentMs = 120_000

/** After a search in vain, ordinary series do not ask again for this long. */
const fullMs = 1_000

/** See the head of the file. */
export class KeptSeries {
  readonly #limits: KeptSeriesLimits
  readonly #places = new Map<string, Place>()
  #fullUntilMs = -Infinity

  constructor(limits: KeptSeriesLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#places.size
  }

  /** Bytes of all samples held. */
  get heldBytes(): number {
    let sum = 0
    for (const place of this.#places.values()) sum += place.ring.heldBytes
    return sum
  }

  find(key: string): Place | undefined {
    return this.#places.get(key)
  }

  /** The place of a series that needs one; undefined where none can be had. */
  placeFor(key: string, need: Need, at: { nowMs: number; sequence: number }): Place | undefined {
    const place = this.#places.get(key) ?? this.#newPlace(key, need, at)
    if (place === undefined) return undefined
    if (need === 'viewed') place.viewedMs = at.nowMs
    if (need === 'alarmed') place.alarmed = true
    return place
  }

  #newPlace(key: string, need: Need, at: { nowMs: number; sequence: number }): Place | undefined {
    const { nowMs, sequence } = at
    if (this.#places.size >= this.#limits.seriesMax) {
      if (need === 'any' && nowMs < this.#fullUntilMs) return undefined
      const leaves = this.#leastNeeded(need, nowMs)
      if (leaves === undefined) {
        this.#fullUntilMs = nowMs + fullMs
        return undefined
      }
      this.#places.delete(leaves.key)
    }
    const ring = new SampleRing(this.#limits.historySamples, sequence)
    const place: Place = { key, ring, updatedMs: nowMs, viewedMs: -Infinity, alarmed: false }
    this.#places.set(key, place)
    return place
  }

  /** The place that a need may take: the one longest without a look, then without a sample. */
  #leastNeeded(need: Need, nowMs: number): Place | undefined {
    let found: Place | undefined
    for (const place of this.#places.values()) {
      if (need !== 'viewed' && (place.alarmed || nowMs - place.viewedMs < viewMs)) continue
      if (need === 'any' && nowMs - place.updatedMs < silentMs) continue
      if (found === undefined || neededLess(place, found, nowMs)) found = place
    }
    return found
  }
}

function neededLess(a: Place, b: Place, nowMs: number): boolean {
  const viewed = (place: Place): boolean => nowMs - place.viewedMs < viewMs
  if (viewed(a) !== viewed(b)) return viewed(b)
  if (a.alarmed !== b.alarmed) return b.alarmed
  if (a.viewedMs !== b.viewedMs) return a.viewedMs < b.viewedMs
  return a.updatedMs < b.updatedMs
}
