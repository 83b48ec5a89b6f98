/**
 * The streams by name, all in one form: each step yields samples of one or several metrics, with
 * the truth about each. The generator source sends them, `generate` writes them to a file.
 */

import { PensuStream } from './pensu.ts'
import { ResponseTimeStream } from './response-times.ts'
import { SeasonalStream } from './seasonal.ts'

/** One generated value. */
export interface GeneratedSample {
  readonly metric: string
  readonly value: number
  /** What is wrong with it, as `spike`; empty where nothing is. */
  readonly anomaly: string
}

/** What streams are made of; each uses what it needs. */
export interface StreamShape {
  readonly seed: number
  readonly periodSamples: number
  readonly anomalyEverySamples: number
}

/** A named stream. */
export interface Preset {
  readonly about: string
  /** The time between two steps that the stream is meant for. */
  readonly everyMs: number
  /** Draws the next step each time it is called. The samples of a step are of different metrics. */
  steps(shape: StreamShape): () => readonly GeneratedSample[]
}

export const presets = {
  'response-times': {
    about: 'Response times of a web server with load phases and spikes, ten a second.',
    everyMs: 100,
    steps(shape) {
      const stream = new ResponseTimeStream(shape.seed)
      return () => {
        const { valueMs, spikeMs } = stream.next()
        const anomaly = spikeMs > 0 ? 'spike' : ''
        return [{ metric: 'response_time', value: valueMs, anomaly }]
      }
    },
  },
  pensu: {
    about: 'Load, memory, network counters and a seasonal series of a small server, each second.',
    everyMs: 1000,
    steps(shape) {
      const stream = new PensuStream(shape.seed)
      return () => {
        const sample = stream.next()
        return [
          normal('load.5min_avg', sample.load5),
          normal('memory.used', sample.memoryUsedBytes),
          normal('network.rx_bytes.eth0', sample.receivedBytes),
          normal('network.tx_bytes.eth0', sample.sentBytes),
          normal('test_data', sample.testData),
        ]
      }
    },
  },
  seasonal: {
    about: 'One seasonal series with spikes, dips, shifts and flat stretches, each second.',
    everyMs: 1000,
    steps(shape) {
      const stream = new SeasonalStream(shape)
      return () => {
        const { value, anomaly } = stream.next()
        return [{ metric: 'seasonal', value, anomaly }]
      }
    },
  },
} as const satisfies Readonly<Record<string, Preset>>

function normal(item: string, value: number): GeneratedSample {
  return { metric: `my_stats.pensu_test_metrics.${item}`, value, anomaly: '' }
}
