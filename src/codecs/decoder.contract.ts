/**
 * What every decoder keeps to. A decoder's test file starts with one call of `decoderContract`.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Observation, Origin } from '../core/observation.ts'
import { Random } from '../core/random.ts'
import { rejectionReasons } from '../core/rejection.ts'
import type { Rejection } from '../core/rejection.ts'
import type { Decoder } from './codec.ts'

/** A decoder under test. */
export interface DecoderCase {
  make(): Decoder
  /** Lines that are good in themselves, without line feeds; each gives at least one observation. */
  readonly goodLines: readonly string[]
  /** Bytes that mean something in the format: mutations are made of them. */
  readonly alphabet: string
  /** A line that must stand in front, for instance a header. */
  readonly head?: string
}

export const testOrigin: Origin = { partition: 'test/0', offset: 7, receivedMs: 1_700_000_000_123 }

/** What a decoder makes of a payload. */
export interface Outcome {
  readonly observations: Observation[]
  readonly rejections: readonly Rejection[]
}

export function decoded(
  decoder: Decoder,
  payload: string | Uint8Array,
  origin = testOrigin,
): Outcome {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  const observations: Observation[] = []
  const rejections = decoder.decode(bytes, origin, observations)
  return { observations, rejections }
}

/** An observation as one readable line: `key time+ns value`. */
export function shown(observation: Observation): string {
  const { labels, timestampMs, remainderNs, value } = observation
  const zero = Object.is(value, -0) ? '-0' : String(value)
  return `${labels.key} ${timestampMs}${remainderNs === 0 ? '' : `+${remainderNs}`} ${zero}`
}

/** Mutations of one seeded run; more would only repeat what these find. */
const mutationCount = 3_000

export function decoderContract(name: string, { make, goodLines, alphabet, head }: DecoderCase) {
  const encoder = new TextEncoder()
  const start = head === undefined ? '' : head + '\n'
  const all = start + goodLines.join('\n') + '\n'
  const letters = encoder.encode(alphabet)

  /** A decoder that has seen the head. */
  const begun = (): Decoder => {
    const decoder = make()
    if (head !== undefined) decoded(decoder, start)
    return decoder
  }

  const sound = (bytes: Uint8Array, { observations, rejections }: Outcome): void => {
    expect(observations.length + rejections.length).toBeLessThanOrEqual(bytes.length)
    observations.forEach((observation, i) => {
      expect(observation.index).toBe(i)
      expect(observation.value - observation.value).toBe(0)
      expect(Number.isSafeInteger(observation.timestampMs)).toBe(true)
      expect(Number.isInteger(observation.remainderNs)).toBe(true)
      expect(observation.remainderNs).toBeGreaterThanOrEqual(0)
      expect(observation.remainderNs).toBeLessThan(1e6)
      const { partition, offset, receivedMs } = observation.origin
      expect({ partition, offset, receivedMs }).toEqual(testOrigin)
    })
    let index = 0
    for (const rejection of rejections) {
      expect(rejectionReasons).toHaveProperty(rejection.reason)
      expect(rejection.text.length).toBeLessThanOrEqual(4 * 200)
      expect(rejection.detail).not.toMatch(/\n/)
      expect(rejection.detail.length).toBeLessThanOrEqual(100)
      expect(rejection.index).toBeGreaterThanOrEqual(index)
      index = rejection.index as number
      expect(index).toBeLessThanOrEqual(observations.length)
    }
  }

  /** A line with a few bytes changed, put in, taken out, cut or doubled; never a line feed. */
  const mutated = (line: Uint8Array, random: Random): Uint8Array => {
    let bytes = Array.from(line)
    for (let count = 1 + random.below(4); count > 0; count--) {
      const at = random.below(bytes.length + 1)
      const wild = random.below(4) === 0 ? random.below(256) : letters[random.below(letters.length)]
      const byte = wild === 10 ? 0 : (wild as number)
      const way = random.below(5)
      if (way === 0) bytes.splice(at, 1)
      else if (way === 1) bytes.splice(at, 0, byte)
      else if (way === 2) bytes[Math.min(at, bytes.length - 1)] = byte
      else if (way === 3) bytes = bytes.slice(0, at)
      else bytes.splice(at, 0, ...bytes.slice(at, at + random.below(20)))
    }
    return Uint8Array.from(bytes)
  }

  describe(`the decoder ${name}`, () => {
    test('takes its own good lines', () => {
      const outcome = decoded(make(), all)
      expect(outcome.rejections).toEqual([])
      expect(outcome.observations.length).toBeGreaterThanOrEqual(goodLines.length)
      sound(encoder.encode(all), outcome)
    })

    test('appends to what the caller has, and counts from 0 in each payload', () => {
      const observations = [...decoded(make(), all).observations]
      const before = observations.length
      make().decode(encoder.encode(all), testOrigin, observations)
      expect(observations[before]?.index).toBe(0)
      expect(observations).toHaveLength(2 * before)
    })

    test('hands out the same labels for the same series', () => {
      const decoder = make()
      const first = decoded(decoder, all).observations
      const again = decoded(decoder, all).observations
      again.forEach(({ labels }, i) => expect(labels).toBe(first[i]?.labels))
    })

    test('finds the same in one payload, line by line, and with carriage returns', () => {
      const whole = decoded(make(), all).observations.map(shown)
      const decoder = begun()
      const single = goodLines.flatMap((line) => decoded(decoder, line).observations.map(shown))
      expect(single).toEqual(whole)
      const returned = decoded(make(), all.replaceAll('\n', '\r\n'))
      expect(returned.observations.map(shown)).toEqual(whole)
      expect(returned.rejections).toEqual([])
    })

    test('finds the same in lines of any order, whatever it expected', () => {
      const decoder = begun()
      const lines = goodLines.map((line) => decoded(begun(), line).observations.map(shown))
      const random = new Random(5)
      for (let round = 0; round < 200; round++) {
        const picked = Array.from({ length: 5 }, () => random.below(goodLines.length))
        const payload = picked.map((i) => goodLines[i]).join('\n')
        const want = picked.flatMap((i) => lines[i] as string[])
        expect(decoded(decoder, payload).observations.map(shown)).toEqual(want)
      }
    })

    test('takes nothing from an empty payload, blank lines or none', () => {
      for (const payload of ['', '\n', '\r\n\r\n', '\n\n\n']) {
        expect(decoded(begun(), payload)).toEqual({ observations: [], rejections: [] })
      }
    })

    test('keeps the good lines around a broken one, whatever it has seen before', () => {
      const decoder = begun()
      const random = new Random(1)
      const pick = (): string => goodLines[random.below(goodLines.length)] as string
      const series = new Map(goodLines.map((line) => [line, decoded(begun(), line).observations]))
      for (let round = 0; round < mutationCount; round++) {
        const [before, after] = [pick(), pick()]
        const broken = mutated(encoder.encode(pick()), random)
        const bytes = Uint8Array.from([
          ...encoder.encode(before + '\n'),
          ...broken,
          ...encoder.encode('\n' + after + '\n'),
        ])
        const outcome = decoded(decoder, bytes)
        sound(bytes, outcome)
        const found = outcome.observations.map(shown)
        const cold = decoded(begun(), bytes)
        expect(found).toEqual(cold.observations.map(shown))
        expect(outcome.rejections).toEqual(cold.rejections)
        const head = (series.get(before) as Observation[]).map(shown)
        const tail = (series.get(after) as Observation[]).map(shown)
        expect(found.slice(0, head.length)).toEqual(head)
        expect(found.slice(-tail.length)).toEqual(tail)
      }
    })

    test.runIf(make().recycle)('finds the same with observations that were given back', () => {
      const decoder = make()
      const want = decoded(make(), all)
      for (let round = 0; round < 3; round++) {
        const outcome = decoded(decoder, all)
        expect(outcome).toEqual(want)
        sound(encoder.encode(all), outcome)
        decoder.recycle?.(outcome.observations)
        expect(outcome.observations).toEqual([])
      }
    })

    test.runIf(make().check)('checks a payload as it decodes it', () => {
      const [checker, decoder] = [begun(), begun()]
      const random = new Random(3)
      for (let round = 0; round < mutationCount; round++) {
        const picked = Array.from({ length: 4 }, () => random.below(goodLines.length))
        const [first, second, ...rest] = picked.map((i) => encoder.encode(goodLines[i] + '\n'))
        const broken = mutated(second as Uint8Array, random)
        const bytes = Buffer.concat([first as Uint8Array, broken, Buffer.from('\n'), ...rest])
        const { observations, rejections } = decoded(decoder, bytes)
        expect(checker.check?.(bytes)).toEqual({ found: observations.length, rejections })
      }
    })

    test('survives raw bytes', () => {
      const decoder = begun()
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
          sound(bytes, decoded(decoder, bytes))
        }),
        { numRuns: 2_000 },
      )
    })

    test('survives whatever can be written with the letters of its format', () => {
      const decoder = make()
      const letter = fc.constantFrom(...alphabet, '\n', ...goodLines)
      fc.assert(
        fc.property(fc.array(letter, { maxLength: 40 }), (pieces) => {
          const bytes = encoder.encode(pieces.join(''))
          sound(bytes, decoded(decoder, bytes))
        }),
        { numRuns: 2_000 },
      )
    })

    test('takes a megabyte of anything in one line without a word too much', () => {
      const decoder = begun()
      for (const letter of ['x', ' ', '[', '{', '"', '\\', '0', ',', '\u0000', '=', 'a=1,']) {
        const bytes = encoder.encode(letter.repeat(1_000_000 / letter.length))
        const outcome = decoded(decoder, bytes)
        sound(bytes, outcome)
        expect(outcome.observations).toEqual([])
      }
    })
  })
}
