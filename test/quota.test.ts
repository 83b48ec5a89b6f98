/**
 * The quota of heavy detectors: who is given one, who is judged by a light one instead, how that is
 * seen, and that neither threads nor a restart change it.
 */

import { describe, expect, test } from 'vitest'
import { JsonLinesEncoder } from '../src/codecs/json-lines.ts'
import type { SavedOwner } from '../src/core/ledger.ts'
import { Labels } from '../src/core/labels.ts'
import type { Report } from '../src/core/report.ts'
import { ConfiguredScoring } from './configured-scoring.ts'

const hosts = ['a', 'b', 'c', 'd', 'e'].map((host) => Labels.named('load', [['host', host]]))
const startMs = 1_700_000_000_000
const rule =
  'detectors: [{ match: "*", detector: htm, probation: 20, columns: 128, active_columns: 8, ' +
  'alarm: { absent: 0 } }]'

function configuration(quota: number, more = ''): string {
  return `${rule}\nseries: { quota: ${quota}, over_quota: ema, idle_after: 0${more} }`
}

interface Part {
  readonly workers: number
  readonly text: string
  readonly from: number
  readonly to: number
  /** Hosts that send at a step; all without it. */
  readonly sends?: (host: number, step: number) => boolean
  readonly saved?: readonly SavedOwner[]
}

/** A sample a second of each host, with a jump of two hundred at step 150, and a tick behind it. */
async function run({ workers, text, from, to, sends = () => true, saved = [] }: Part) {
  const refused: string[] = []
  const note = (key: string): void => void refused.push(key)
  const wanted = { workers, text, scores: true, saved, refused: note }
  const made = await ConfiguredScoring.begin(wanted)
  for (let step = from; step < to; step++) {
    const timestampMs = startMs + step * 1000
    const origin = { partition: 'p', offset: step, receivedMs: timestampMs }
    await made.take(({ judge }, reports) => {
      hosts.forEach((labels, index) => {
        if (!sends(index, step)) return
        const value = (step % 5) + ((step * (index + 3)) % 7) + (step === 150 ? 200 : 0)
        judge.update({ labels, timestampMs, remainderNs: 0, value, origin, index }, reports)
      })
      const after = { partition: 'p', offset: step, receivedMs: timestampMs }
      if (step % 10 === 9) judge.tick(timestampMs, after, reports)
    })
  }
  await made.scoring.offered()
  const list = await made.scoring.list({ search: '', state: 'all', limit: 100 })
  const use = made.scoring.quotaUse
  const states = await made.end()
  const detectors = list
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ detector, insteadOf = '' }) => detector + (insteadOf && ` for ${insteadOf}`))
  return { detectors, use, states, refused, reports: made.reports }
}

const encoder = new JsonLinesEncoder()
const decoder = new TextDecoder()

const light = 'ema for htm'

describe('the quota', () => {
  test('gives the first series the heavy detector and further ones a light one', async () => {
    const all = { workers: 1, from: 0, to: 200 }
    const { detectors, use, reports } = await run({ ...all, text: configuration(2) })
    expect(detectors).toEqual(['htm', 'htm', light, light, light])
    expect(use).toEqual({ quota: 2, heavy: 2, over: 3 })
    const reasons = reports.flatMap((report) =>
      report.kind === 'alarm' && report.labels === hosts[2] ? [report.reason] : [],
    )
    expect(reasons[0]).toMatch(/; judged by ema: over the quota of htm$/)
    expect((await run({ ...all, to: 20, text: configuration(0) })).use).toMatchObject({
      heavy: 5,
      over: 0,
    })
  })

  test('says the same on threads, and after a restart on others', async () => {
    const text = configuration(2)
    const whole = await run({ workers: 1, text, from: 0, to: 200 })
    const threads = await run({ workers: 3, text, from: 0, to: 200 })
    const lines = (reports: readonly Report[]) => decoder.decode(encoder.encode(reports))
    expect(lines(threads.reports)).toBe(lines(whole.reports))
    const first = await run({ workers: 2, text, from: 0, to: 100 })
    const second = await run({ workers: 1, text, from: 100, to: 200, saved: first.states })
    expect(lines([...first.reports, ...second.reports])).toBe(lines(whole.reports))
    const third = await run({ workers: 2, text, from: 100, to: 200, saved: first.states })
    expect(lines([...first.reports, ...third.reports])).toBe(lines(whole.reports))
    expect(third.use).toEqual({ quota: 2, heavy: 2, over: 3 })
  })

  test('that is another one at a start gives those over it a new beginning', async () => {
    const before = await run({ workers: 1, text: configuration(2), from: 0, to: 100 })
    const { states: saved } = before
    const text = configuration(4)
    for (const workers of [1, 2]) {
      const after = await run({ workers, text, from: 100, to: 110, saved })
      expect(after.refused.toSorted()).toEqual(hosts.slice(2).map(({ key }) => `series/${key}`))
      expect(after.detectors).toEqual(['htm', 'htm', 'htm', 'htm', light])
    }
  })

  test('where it is full, makes room by forgetting idle heavy series, at ticks only', async () => {
    const text = configuration(2, ', quota_idle_after: 20s')
    const sends = (host: number, step: number) =>
      host === 0 ? step < 5 : host === 1 || (host === 2 && step > 60)
    for (const workers of [1, 2]) {
      const { detectors, use } = await run({ workers, text, from: 0, to: 80, sends })
      // The first one was forgotten, so the third found its place.
      expect(detectors).toEqual(['htm', 'htm'])
      expect(use).toEqual({ quota: 2, heavy: 2, over: 0 })
      const kept = await run({ workers, text: configuration(2), from: 0, to: 80, sends })
      expect(kept.detectors).toEqual(['htm', 'htm', light])
    }
  })
})
