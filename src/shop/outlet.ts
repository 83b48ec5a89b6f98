/**
 * Where a record is played to, in the forms that the live pipeline takes:
 *
 *   files    DIR/stats, DIR/responsetime, growing      source file, follow: true
 *   http     URL/stats/api/v1/ingest/csv and           sources http, codec csv,
 *            URL/responsetime/api/v1/ingest/csv        path: /stats and path: /responsetime
 *   kafka    topics stats and responsetime,            source kafka
 *            one message a line, all in the first partition
 */

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Producer } from '@platformatic/kafka'
import { kafkaClientOptions, kafkaConnectionOptions } from '../connections/kafka.ts'
import { ForewarnError } from '../core/errors.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { RecordedSecond } from './record-lines.ts'

/** Takes seconds in order. */
export interface Outlet {
  /** Resolves once the other side has them; throws ERR_TESTBED_PLAY where it does not take them. */
  write(seconds: readonly RecordedSecond[]): Promise<void>
  close(): Promise<void>
}

const names = ['stats', 'responsetime'] as const

/** Lines by where they go. */
function linesOf(seconds: readonly RecordedSecond[]): Readonly<Record<string, string[]>> {
  return {
    stats: seconds.map(({ stats }) => stats),
    responsetime: seconds.flatMap(({ responses }) => responses),
  }
}

/** Files that grow; what they held before is gone. */
export function fileOutlet(folder: string): Outlet {
  mkdirSync(folder, { recursive: true })
  const files = names.map((name) => openSync(join(folder, name), 'w'))
  return {
    async write(seconds) {
      const lines = linesOf(seconds)
      names.forEach((name, i) => {
        writeSync(files[i] as number, (lines[name] ?? []).map((line) => `${line}\n`).join(''))
      })
    },
    async close() {
      for (const file of files) closeSync(file)
    },
  }
}

/** A receiver that is short of room is asked again after this, so often. */
const againMs = 500
const tries = 60

/** POST requests to a program that listens with two sources. */
export function httpOutlet(url: string): Outlet {
  return {
    async write(seconds) {
      for (const [name, lines] of Object.entries(linesOf(seconds))) {
        if (lines.length > 0) await post(`${url}/${name}/api/v1/ingest/csv`, lines.join('\n'))
      }
    },
    async close() {},
  }
}

async function post(url: string, body: string): Promise<void> {
  for (let left = tries; ; left--) {
    const answer = await fetch(url, { method: 'POST', body }).catch((cause: unknown) => {
      throw new ForewarnError('ERR_TESTBED_PLAY', `cannot reach ${url}`, { cause })
    })
    const text = await answer.text()
    if (answer.ok) return
    if (answer.status !== 503 || left === 0) {
      const message = `${url} answers ${answer.status}: ${text.slice(0, 200)}`
      throw new ForewarnError('ERR_TESTBED_PLAY', message)
    }
    await new Promise((done) => setTimeout(done, againMs))
  }
}

/** Lines stay in order where they are all in one. */
const partition = 0
/** So a request stays far under the MB that a broker takes: a line is sent as some 40 bytes. */
const linesAtOnce = 5_000

/** Two topics of a cluster. They are made where the cluster lets clients make topics. */
export function kafkaOutlet(brokers: readonly string[]): Outlet {
  const options = { ...optionsWithDefaults(kafkaConnectionOptions), brokers }
  const producer = new Producer({ ...kafkaClientOptions(options), idempotent: true, acks: -1 })
  const send = async (topic: string, lines: readonly string[]): Promise<void> => {
    await producer.metadata({ topics: [topic], autocreateTopics: true })
    for (let from = 0; from < lines.length; from += linesAtOnce) {
      const some = lines.slice(from, from + linesAtOnce)
      const messages = some.map((line) => ({ topic, partition, value: Buffer.from(line) }))
      await producer.send({ messages })
    }
  }
  return {
    async write(seconds) {
      // A topic a request: a request that is tried again must not repeat what one topic has.
      for (const [topic, lines] of Object.entries(linesOf(seconds))) {
        if (lines.length === 0) continue
        await send(topic, lines).catch((cause: unknown) => {
          const message = `the brokers ${brokers.join(', ')} do not take the record`
          throw new ForewarnError('ERR_TESTBED_PLAY', message, { cause })
        })
      }
    },
    async close() {
      await producer.close(true)
    },
  }
}
