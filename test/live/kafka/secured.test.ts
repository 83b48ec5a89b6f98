/**
 * A real broker that asks for TLS and a password, in every mechanism; and every compression, as two
 * other programs write it and read it.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { LiveProgram, forewarnCommand, freePort } from '../live-program.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()
const who = { user: 'alice', password: 'of-the-wonderland' } as const
/** Lines of a series each. */
const lines = Array.from({ length: 200 }, (_, i) => `m,n=${i} value=${i}`)

describe.skipIf(missing !== undefined)(`a broker with passwords ${missing ?? ''}`, () => {
  let topics: TestTopics
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-secured-'))
  const programs: LiveProgram[] = []

  beforeAll(async () => {
    topics = await TestTopics.start({ secured: who })
  })
  afterAll(async () => {
    for (const program of programs) if (program.running) await program.ended('SIGKILL')
    await topics?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A program that reads and writes by the second listener. */
  async function program(
    input: string,
    output: string,
    options: { readonly sasl: string; readonly password?: string; readonly compression?: string },
  ): Promise<LiveProgram> {
    const { sasl, password = who.password, compression = 'none' } = options
    const own = mkdtempSync(join(folder, 'program-'))
    const reach = `type: kafka
    brokers: ['${topics.cluster.securedServer}']
    tls: true
    tls_ca_file: '${join(topics.cluster.folder, 'certificate.pem')}'
    sasl: ${sasl}
    user: ${who.user}
    password: ${password}`
    const yaml = `sources:
  in:
    ${reach}
    topics: [${input}]
    group: ${output}
    start: earliest
detectors: [{ match: '*', detector: ema }]
sinks:
  out:
    ${reach}
    topic: ${output}
    compression: ${compression}
    per_message: 50
store: { type: none }
`
    const made = new LiveProgram(forewarnCommand(own, await freePort(), yaml))
    programs.push(made)
    onTestFailed(() => void process.stderr.write(made.stderr.slice(-3000)))
    return made
  }

  async function scoresIn(output: string): Promise<number> {
    return (await topics.lines(output)).filter((line) => line.includes('"score"')).length
  }

  test.for(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'lets in who says the password: %s',
    async (sasl) => {
      const input = await topics.add(2, 'in')
      const output = await topics.add(2, 'out')
      await topics.write(
        input,
        lines.map((value) => ({ value })),
      )
      await (await program(input, output, { sasl })).ready()
      await expect.poll(() => scoresIn(output), { timeout: 60_000 }).toBe(lines.length)
    },
  )

  test('keeps out who does not, and the password is in no log', async () => {
    const input = await topics.add(2, 'in')
    const output = await topics.add(2, 'out')
    const wrong = await program(input, output, { sasl: 'scram-sha-256', password: 'looking-glass' })
    wrong.start()
    await expect.poll(() => wrong.stderr, { timeout: 60_000 }).toMatch(/cannot read/)
    expect(wrong.stderr).toMatch(/SASL|uthentication/)
    expect(wrong.stderr).not.toContain('looking-glass')
  })

  test.for(['gzip', 'snappy', 'lz4', 'zstd'])(
    'what kcat packs with %s is read, and what the sink packs with it kcat reads',
    async (compression) => {
      const input = await topics.add(1, 'in')
      const output = await topics.add(1, 'out')
      const given = `-P -b ${topics.cluster.servers[0]} -t ${input} -z ${compression}`.split(' ')
      execFileSync('kcat', given, { input: `${lines.join('\n')}\n` })
      await (await program(input, output, { sasl: 'plain', compression })).ready()
      await expect.poll(() => scoresIn(output), { timeout: 60_000 }).toBe(lines.length)
    },
  )
})
