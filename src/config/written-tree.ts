/**
 * Everything that was written, in one tree: the file, over it the environment, over that the flags.
 * Each place knows where it comes from. Nothing here knows what the keys mean.
 */

import type { Origin, Path } from './origin.ts'
import type { Written } from './option-value.ts'

/** Keys that reach into JavaScript's own objects; refused wherever they are written. */
export const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** A map under construction: no prototype, so no key can mean anything but itself. */
export type WrittenMap = { [key: string]: Written }

/** An empty map without a prototype. */
export function emptyMap(): WrittenMap {
  return Object.create(null) as WrittenMap
}

/** Origin of a value and, where it stands behind a key, of the key. */
interface Place {
  readonly value: Origin
  readonly key: Origin
}

/** See the head of the file. */
export class WrittenTree {
  root: Written = emptyMap()
  readonly #places = new Map<string, Place>()

  /** Notes where the value at a path comes from. */
  place(path: Path, value: Origin, key: Origin = value): void {
    this.#places.set(placeKey(path), { value, key })
  }

  /** Where the value at exactly this path comes from; undefined where nothing was written. */
  origin(path: Path): Origin | undefined {
    return this.#places.get(placeKey(path))?.value
  }

  /** Where the key at exactly this path comes from. */
  keyOrigin(path: Path): Origin | undefined {
    return this.#places.get(placeKey(path))?.key
  }

  /** The place of a path, or of the nearest one above it that was written. */
  nearestOrigin(path: Path): Origin | undefined {
    for (let depth = path.length; depth > 0; depth--) {
      const above = path.slice(0, depth)
      const origin = depth === path.length ? this.origin(above) : this.keyOrigin(above)
      if (origin !== undefined) return origin
    }
    return undefined
  }

  /**
   * Writes a text at a path given as words, over what is there: maps are made where they are
   * missing, numbers are places in a list that is there. `user-name` and `USER_NAME` find the key
   * `user_name` and the other way round. Returns what is wrong, if anything is.
   */
  overlay(words: readonly string[], text: string, origin: Origin): string | undefined {
    const path: (string | number)[] = []
    let here = this.root
    for (const [i, word] of words.entries()) {
      const step = stepInto(here, word)
      if (typeof step === 'object') return step.fault
      path.push(step)
      const there = childOf(here, step)
      const last = i === words.length - 1
      const next = last ? text : isBranch(there) ? there : emptyMap()
      if (next !== there) this.#replace(here, step, next)
      if (next !== there || this.origin(path) === undefined) this.place([...path], origin)
      here = next
    }
    return undefined
  }

  #replace(parent: Written, step: string | number, child: Written): void {
    const branch = parent as { [key: string | number]: Written }
    branch[step] = child
  }
}

function placeKey(path: Path): string {
  return path.join('\n')
}

function isBranch(written: Written | undefined): written is Exclude<Written, string | null> {
  return typeof written === 'object' && written !== null
}

function childOf(written: Written, step: string | number): Written | undefined {
  if (!isBranch(written)) return undefined
  return (written as { readonly [key: string | number]: Written })[step]
}

/** The key or index that a word means at this place. */
function stepInto(here: Written, word: string): string | number | { fault: string } {
  if (refusedKeys.has(word)) return { fault: `the key "${word}" is not allowed` }
  if (!Array.isArray(here)) return keyMeant(here, word)
  const index = /^\d{1,6}$/.test(word) ? Number(word) : NaN
  if (index < here.length) return index
  return { fault: `expected a number under ${here.length}, a place in the list, found "${word}"` }
}

function keyMeant(here: Written, word: string): string {
  const folded = (key: string): string => key.toLowerCase().replaceAll('-', '_')
  const keys = isBranch(here) ? Object.keys(here) : []
  if (keys.includes(word)) return word
  return keys.find((key) => folded(key) === folded(word)) ?? word.toLowerCase()
}
