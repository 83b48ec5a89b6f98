/** `forewarn testbed play`: a record again, as the live pipeline takes it. */

import { resolve } from 'node:path'
import { fileOutlet, httpOutlet, kafkaOutlet } from '../shop/outlet.ts'
import type { Outlet } from '../shop/outlet.ts'
import { play } from '../shop/player.ts'
import { recordedSeconds } from '../shop/record-lines.ts'
import type { FlagValues } from './arguments.ts'
import { numberOf, usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'

const flags = {
  out: { value: 'DIR', about: 'Into files that grow: DIR/stats and DIR/responsetime.' },
  url: {
    value: 'URL',
    about: 'To a running program over HTTP: POST URL/stats/api/v1/ingest/csv, and responsetime.',
  },
  brokers: { value: 'LIST', about: 'Into the topics stats and responsetime of a Kafka cluster.' },
  speed: { value: 'N', about: 'How many times as fast as recorded. Default: 1.' },
  now: { about: 'Epochs from now on, one second each; otherwise as recorded.' },
} as const

const page = {
  name: 'forewarn testbed play',
  usage: 'DIR --out DIR | --url URL | --brokers HOST:PORT,… [options]',
  summary: 'Play a record again, as the live pipeline takes it.',
  about: [
    'Plays a record that `forewarn testbed record` or `simulate` wrote, each second when it is ' +
      'over: lines epoch,cpu,mem,… of stats and millis,epoch of responsetime.',
  ],
  flags,
  examples: [
    {
      line: 'forewarn testbed play shop/part-2 --out live --now',
      does: 'Beside: SHOP=live forewarn run -c examples/slo-prediction-files.yaml.',
    },
    {
      line: 'forewarn testbed play shop/part-2 --brokers 127.0.0.1:9092 --speed 60',
      does: 'A minute a second, into topics.',
    },
  ],
  operandsMin: 1,
  operandsMax: 1,
} as const

/** See the head of the file. */
export const testbedPlayCommand = command(page, async ({ values, operands }, io) => {
  const [folder = ''] = operands
  const range = { min: 0.001, max: 1e6, whole: false }
  const speed = values.speed === undefined ? 1 : numberOf('speed', values.speed, range)
  if (values.out !== undefined && resolve(values.out) === resolve(folder)) {
    throw usageError('option "--out": a record cannot be played into its own folder')
  }
  const open = outletOf(values)
  const startEpoch = values.now ? Math.floor(io.clock.nowMs() / 1000) : undefined
  const seconds = [...recordedSeconds(folder, startEpoch)]
  const outlet = open()
  try {
    const played = await play(seconds, outlet, { speed, clock: io.clock, signal: io.signal })
    io.stderr.write(`${played} of ${seconds.length} s played\n`)
    if (!io.signal.aborted) return exitCodes.ok
    return io.signal.reason === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
  } finally {
    await outlet.close()
  }
})

function outletOf({ out, url, brokers }: FlagValues<typeof flags>): () => Outlet {
  const address = url === undefined ? undefined : addressOf(url)
  const chosen = [
    out === undefined ? undefined : () => fileOutlet(out),
    address === undefined ? undefined : () => httpOutlet(address),
    brokers === undefined ? undefined : () => kafkaOutlet(brokers.split(',')),
  ].filter((each) => each !== undefined)
  const [first] = chosen
  if (first === undefined || chosen.length > 1) {
    throw usageError('expected one of "--out", "--url" and "--brokers"')
  }
  return first
}

function addressOf(url: string): string {
  if (!/^https?:\/\/[^/?#]+[^?#]*$/.test(url) || !URL.canParse(url)) {
    throw usageError(`option "--url" needs an address as http://127.0.0.1:8080, found "${url}"`)
  }
  return url.replace(/\/$/, '')
}
