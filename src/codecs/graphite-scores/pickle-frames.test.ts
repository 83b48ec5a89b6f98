import { execFileSync, spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PickleFrames } from './pickle-frames.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bodies of the frames, by their lengths. */
function bodies(bytes: Uint8Array): Buffer[] {
  const all = Buffer.from(bytes)
  const found: Buffer[] = []
  for (let at = 0; at < all.length;) {
    const length = all.readUInt32BE(at)
    found.push(all.subarray(at + 4, at + 4 + length))
    expect(found.at(-1)).toHaveLength(length)
    at += 4 + length
  }
  return found
}

test('one number, byte by byte as the opcodes have it', () => {
  const frames = new PickleFrames()
  frames.add(bytes('a'), bytes('b'), 1, 2000)
  const two = '4000000000000000'
  const one = '3ff0000000000000'
  const body = `80025d2858020000006162${`47${two}`}${`47${one}`}8686652e`
  expect(Buffer.from(frames.bytes()).toString('hex')).toBe(
    `${(body.length / 2).toString(16).padStart(8, '0')}${body}`,
  )
  expect(new PickleFrames().bytes()).toHaveLength(0)
})

test('frames stay under what Carbon takes', () => {
  const frames = new PickleFrames()
  for (let i = 0; i < 40_000; i++)
    frames.add(bytes('some.path.of.'), bytes(`usual.length.${i}`), i, i)
  const found = bodies(frames.bytes())
  expect(found.length).toBeGreaterThan(2)
  for (const body of found) expect(body.length).toBeLessThan(1_048_576)
})

const hasPython = spawnSync('python3', ['--version']).status === 0
const withPython = hasPython ? test : test.skip

withPython('Python (needs python3) reads what was written, for any path and number', () => {
  const given = fc.sample(
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.double({ noNaN: true }), fc.nat()),
    200,
  )
  const frames = new PickleFrames()
  for (const [path, value, timestampMs] of given)
    frames.add(bytes(''), bytes(path), value, timestampMs)
  const program =
    'import sys,pickle,struct,json\nb=sys.stdin.buffer.read()\nout=[]\nwhile b:\n' +
    ' n=struct.unpack("!L",b[:4])[0]\n out+=pickle.loads(b[4:4+n])\n b=b[4+n:]\n' +
    'print(json.dumps([[p,t,repr(v)] for p,(t,v) in out]))'
  const read = execFileSync('python3', ['-c', program], { input: frames.bytes(), encoding: 'utf8' })
  const seen = (JSON.parse(read) as [string, number, string][]).map(([path, seconds, value]) => {
    return [path, seconds, Number(value.replace('inf', 'Infinity'))]
  })
  expect(seen).toEqual(given.map(([path, value, timestampMs]) => [path, timestampMs / 1000, value]))
})
