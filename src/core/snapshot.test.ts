import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from './random.ts'
import {
  SnapshotReader,
  SnapshotWriter,
  crc32,
  openedSnapshot,
  sealedSnapshot,
} from './snapshot.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('fields', () => {
  test('come back as they were written, NaN, -0 and infinities too', () => {
    const number = fc.double()
    const record = fc.record({
      byte: fc.integer({ min: 0, max: 255 }),
      unsigned: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      signed: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      number,
      truth: fc.boolean(),
      text: fc.string({ unit: 'grapheme' }),
      bytes: fc.uint8Array(),
      numbers: fc.float64Array(),
    })
    fc.assert(
      fc.property(record, (fields) => {
        const writer = new SnapshotWriter()
        writer.uint8(fields.byte)
        writer.uint32(fields.unsigned)
        writer.int32(fields.signed)
        writer.float64(fields.number)
        writer.boolean(fields.truth)
        writer.string(fields.text)
        writer.bytes(fields.bytes)
        writer.typedArray(fields.numbers)
        const reader = new SnapshotReader(writer.finish())
        const numbers = new Float64Array(fields.numbers.length)
        expect(reader.uint8()).toBe(fields.byte)
        expect(reader.uint32()).toBe(fields.unsigned)
        expect(reader.int32()).toBe(fields.signed)
        expect(Object.is(reader.float64(), fields.number)).toBe(true)
        expect(reader.boolean()).toBe(fields.truth)
        expect(reader.string()).toBe(fields.text)
        expect(reader.bytes()).toEqual(fields.bytes)
        reader.typedArray(numbers)
        expect(numbers).toEqual(fields.numbers)
        expect(reader.leftBytes).toBe(0)
      }),
    )
  })

  test('are little-endian', () => {
    const writer = new SnapshotWriter()
    writer.uint32(0x01020304)
    writer.string('ab')
    expect([...writer.finish()]).toEqual([4, 3, 2, 1, 2, 0, 0, 0, 97, 98])
  })
})

describe('a reader that meets something else', () => {
  function f(why: string, bytes: number[], read: (reader: SnapshotReader) => unknown): void {
    test(why, () => {
      const error = expect.objectContaining({ code: 'ERR_SNAPSHOT_DAMAGED', message: why })
      expect(() => read(new SnapshotReader(Uint8Array.from(bytes)))).toThrow(error)
    })
  }

  const damaged = 'cannot read the snapshot: '
  f(`${damaged}it ends too early`, [1, 2, 3], (reader) => reader.uint32())
  f(`${damaged}a truth value is neither 0 nor 1`, [2], (reader) => reader.boolean())
  f(`${damaged}an array has another length`, [1, 0, 0, 0, 9], (reader) =>
    reader.typedArray(new Float64Array(1)),
  )

  test('does not read over the end, whatever length is written', () => {
    const huge = new SnapshotReader(Uint8Array.from([255, 255, 255, 255, 1]))
    expect(() => huge.string()).toThrow(/it ends too early/)
  })
})

// The check value of CRC-32/ISO-HDLC in every catalogue of CRCs.
test('the checksum is CRC-32 as in zip', () => {
  expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926)
  expect(crc32(bytesOf(''))).toBe(0)
  const random = new Random(1)
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length: length + 3 }, () => random.below(256))
    // Also where it does not begin on a word.
    const part = bytes.subarray(length % 4)
    expect(crc32(part)).toBe(zlibCrc32(part))
  }
})

test('texts come back as they were written, however often and whatever else was read', () => {
  const random = new Random(1)
  const parts = ['a', 'host', 'vm', '1', 'é', '\u0000', '\ufeff', '日本', '😀', '']
  const textOfParts = (): string =>
    Array.from({ length: random.below(12) }, () => parts[random.below(parts.length)]).join('')
  for (let i = 0; i < 20_000; i++) {
    const written = [textOfParts(), textOfParts()]
    const writer = new SnapshotWriter()
    for (const text of written) writer.string(text)
    const reader = new SnapshotReader(writer.finish())
    expect([reader.string(), reader.string()]).toEqual(written)
  }
})

describe('a sealed snapshot', () => {
  const head = { kind: 'ema', version: 3, digest: 0xdeadbeef, lastTimestampMs: 1_700_000_000_000 }
  const sealed = sealedSnapshot(head, (writer) => writer.string('state'))

  test('is opened with its head and body', () => {
    const { head: found, body } = openedSnapshot(sealed)
    expect(found).toEqual(head)
    expect(body.string()).toBe('state')
    expect(body.leftBytes).toBe(0)
  })

  test('begins with FWS1', () => {
    expect(new TextDecoder().decode(sealed.subarray(0, 4))).toBe('FWS1')
  })

  const damage = expect.objectContaining({ code: 'ERR_SNAPSHOT_DAMAGED' })

  test('with any bit changed is not opened', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openedSnapshot(changed)).toThrow(damage)
    }
  })

  test('cut anywhere is not opened', () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openedSnapshot(sealed.slice(0, length))).toThrow(damage)
    }
  })

  test('of other bytes is not opened, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => openedSnapshot(bytes)).toThrow(damage)
      }),
    )
  })
})
