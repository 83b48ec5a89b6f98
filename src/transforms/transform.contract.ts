/**
 * What every transform keeps to. A transform's test file starts with one call.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Transform } from './transform.ts'

/** When everything in these tests is received: after any timestamp that they use. */
export const receivedMs = 2_000_000_000_000

const hosts = ['vm1', 'vm2', 'vm3']

/** Observations of a few series, in the order of their offsets, with any value and time. */
export const someObservations: fc.Arbitrary<Observation[]> = fc
  .array(
    fc.record({
      host: fc.constantFrom(...hosts),
      name: fc.constantFrom('cpu', 'net'),
      timestampMs: fc.integer({ min: 0, max: 400_000 }),
      remainderNs: fc.integer({ min: 0, max: 999_999 }),
      value: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double()),
    }),
    { maxLength: 40 },
  )
  .map((all) =>
    all.map(({ host, name, timestampMs, remainderNs, value }, offset) => ({
      labels: Labels.named(name, [
        ['__field__', 'value'],
        ['host', host],
      ]),
      timestampMs,
      remainderNs,
      value,
      origin: { partition: 'p', offset, receivedMs },
      index: 0,
    })),
  )

/** What came out, as plain values that compare bit for bit. */
export function plain(observations: readonly Observation[]): unknown[] {
  return observations.map(({ labels, timestampMs, remainderNs, value, origin, index }) => {
    const bits = new BigUint64Array(new Float64Array([value]).buffer)[0]
    return [labels.key, timestampMs, remainderNs, bits, origin, index]
  })
}

/** The result of a transform on some input, in one call. */
export function applied(transform: Transform, input: readonly Observation[]): Observation[] {
  const output: Observation[] = []
  transform.apply(input, output, [])
  return output
}

/**
 * See the head of the file. `make` makes a fresh one with equal options each time; `times` says
 * whether what comes out has the time of its cause.
 */
export function transformContract(
  name: string,
  make: () => Transform,
  times: 'kept' | 'its own' = 'kept',
): void {
  describe(`the transform ${name} keeps the contract`, () => {
    test('gives the same whether observations come together or one by one', () => {
      fc.assert(
        fc.property(someObservations, (input) => {
          const together = plain(applied(make(), input))
          const transform = make()
          const single = input.flatMap((observation) => applied(transform, [observation]))
          expect(plain(single)).toEqual(together)
        }),
      )
    })

    test('goes on bit for bit from its snapshot, wherever it was taken', () => {
      fc.assert(
        fc.property(someObservations, fc.nat({ max: 40 }), (input, cut) => {
          const whole = make()
          applied(whole, input.slice(0, cut))
          const writer = new SnapshotWriter()
          whole.snapshot(writer)
          const restored = make()
          restored.restore(new SnapshotReader(writer.finish()))
          const rest = input.slice(cut)
          expect(plain(applied(restored, rest))).toEqual(plain(applied(whole, rest)))
          const [again, first] = [new SnapshotWriter(), new SnapshotWriter()]
          restored.snapshot(again)
          whole.snapshot(first)
          expect(again.finish()).toEqual(first.finish())
        }),
      )
    })

    test('gives each observation the position and time of one that came in', () => {
      fc.assert(
        fc.property(someObservations, (input) => {
          for (const out of applied(make(), input)) {
            const cause = input[out.origin.offset]
            expect(out.origin).toBe(cause?.origin)
            if (times === 'kept') expect(out.timestampMs).toBe(cause?.timestampMs)
          }
        }),
      )
    })

    test('changes neither what comes in nor what is in the output already', () => {
      fc.assert(
        fc.property(someObservations, (input) => {
          const before = plain(input)
          const kept = [...input]
          const output = [...kept]
          make().apply(input, output, [] as Report[])
          expect(plain(input)).toEqual(before)
          expect(output.slice(0, kept.length)).toEqual(kept)
        }),
      )
    })
  })
}
