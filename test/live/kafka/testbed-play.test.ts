/** A record of the testbed played into the topics of a real broker, read back by kcat. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keptIo } from '../../command-io.ts'
import { testbedCommand } from '../../../src/cli/testbed.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()

describe.skipIf(missing !== undefined)(
  `playing into topics${missing ? `: ${missing}` : ''}`,
  () => {
    let topics: TestTopics
    const folder = mkdtempSync(join(tmpdir(), 'forewarn-play-'))
    beforeAll(async () => {
      topics = await TestTopics.start()
    })
    afterAll(async () => {
      await topics.stop()
      rmSync(folder, { recursive: true })
    })

    test('each line is a message, in order', async () => {
      const stats = Array.from({ length: 50 }, (_, second) => `${1000 + second},${second},5`)
      const responses = stats.flatMap((_, second) => [
        `12,${1000 + second}`,
        `340,${1000 + second}`,
      ])
      writeFileSync(join(folder, 'stats'), stats.join('\n') + '\n')
      writeFileSync(join(folder, 'responsetime'), responses.join('\n') + '\n')
      const brokers = topics.cluster.servers.join(',')
      const io = keptIo()
      expect(
        await testbedCommand(['play', folder, '--brokers', brokers, '--speed', '500'], io),
      ).toBe(0)
      expect(io.err()).toBe('50 of 50 s played\n')
      const values = async (topic: string): Promise<string[]> =>
        (await topics.read(topic)).map(({ value }) => value)
      expect(await values('stats')).toEqual(stats)
      expect(await values('responsetime')).toEqual(responses)
    })
  },
)
