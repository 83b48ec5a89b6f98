import { expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { runPipeline } from '../pipeline.ts'
import { LineDecoder } from '../../test/simulation/script.ts'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { catalogOptions } from '../series/catalog.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { ShardedScoring } from './sharded-scoring.ts'
import { ThreadChannel } from './thread-channel.ts'

/** A thread that does what a line of JavaScript says. */
function thread(script: string): ThreadChannel {
  return new ThreadChannel(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {})
}

/** Scoring on one thread that lives and one that is broken. */
function scoringWith(script: string): ShardedScoring {
  const idle = `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', () => {})`
  return new ShardedScoring({
    channels: [thread(idle), thread(script)],
    options: optionsWithDefaults(catalogOptions, { limit: 10, idleAfterMs: 0 }),
    wanted: () => true,
    ledger: new Ledger(),
    transforms: [],
    clock: systemClock,
    takeRows: () => {},
  })
}

const died = expect.objectContaining({ code: 'ERR_WORKERS_DIED' })

async function dies(script: string): Promise<void> {
  const scoring = scoringWith(script)
  const told = new Promise((broken) => scoring.begin(() => {}, broken))
  const origin = { partition: 'log', offset: 1, receivedMs: 0 }
  const labels = Labels.named('a')
  const sample = { labels, timestampMs: 0, remainderNs: 0, value: 1, origin, index: 0 }
  scoring.judge.update(sample, scoring.reports)
  scoring.recordTaken('here')
  const waiting = scoring.cut(() => expect.unreachable('nothing is offered'))
  await expect(waiting).rejects.toEqual(died)
  expect(await told).toEqual(died)
  await expect(scoring.offered()).rejects.toEqual(died)
  await expect(scoring.copies()).rejects.toEqual(died)
  await expect(scoring.list({ search: '', state: 'all', limit: 1 })).rejects.toEqual(died)
  await scoring.close()
}

test('whoever waits for a thread that ends by itself hears of it', async () => {
  await dies('process.exit(0)')
  await dies('throw new Error("a fault")')
})

test('the pipeline ends with the error, and nothing more is acknowledged', async () => {
  const scoring = scoringWith('setTimeout(() => process.exit(3), 50)')
  let acknowledged = 0
  const source = {
    async *batches(signal: AbortSignal) {
      const origin = { partition: 'here', offset: 1, receivedMs: 0 }
      const bytes = Buffer.from('a 1 1\nb 1 1\nc 1 1\nd 1 1\n')
      const records = [{ kind: 'data', bytes, origin } as const]
      yield { records, acknowledge: () => void acknowledged++ }
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
  const inputs = [{ name: 'here', source, decoder: new LineDecoder() }]
  const parts = { inputs, transforms: [], scoring, outlets: [], clock: systemClock }
  const run = runPipeline({ ...parts, telemetry: quietTelemetry }, new AbortController().signal)
  await expect(run).rejects.toEqual(died)
  expect(acknowledged).toBe(0)
  await scoring.close()
})
