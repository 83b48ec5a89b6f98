/**
 * A fault that lasts is not learned while its alarm fires, where the rule masks it: through the
 * real program, which is killed in the middle of the fault and started again.
 */

import { describe, expect, test } from 'vitest'
import { eventually, program } from '../running-program.ts'
import type { Program } from '../running-program.ts'

const startS = 1_700_000_000
const calm = 150
const fault = 80
const after = 20

function valueAt(minute: number): number {
  const faulty = minute >= calm && minute < calm + fault
  return (faulty ? 400 : 40) + (minute % 7) / 2
}

function lines(from: number, to: number): string {
  const minutes = Array.from({ length: to - from }, (_, i) => from + i)
  return minutes.map((each) => `load value=${valueAt(each)} ${startS + 60 * each}\n`).join('')
}

function sections(masked: number): string {
  return `detectors:
  - match: '*'
    detector: auto
    probation: 60
    alarm: { masked: ${masked}, keep_firing: 3h }
sinks:
  file: { type: file, path: out.jsonl }
`
}

/** Sends everything, is killed twice in the fault if so wished; what it wrote, once each. */
async function written(masked: number, killed: boolean): Promise<Record<string, number>[]> {
  const running: Program = await program(sections(masked))
  const steps = [0, calm + 10, calm + 40, calm + fault, calm + fault + after]
  for (let i = 1; i < steps.length; i++) {
    await running.send(lines(steps[i - 1] ?? 0, steps[i] ?? 0))
    if (killed && i < 3) {
      await running.kill()
      await running.start()
    }
  }
  const last = startS * 1000 + 60_000 * (calm + fault + after - 1)
  await eventually(() =>
    running
      .lines('out.jsonl')
      .find((line) => line['timestamp'] === last && line['kind'] === 'score'),
  )
  await running.stop()
  const reports = running.lines('out.jsonl') as Record<string, number>[]
  const once = [...new Map(reports.map((report) => [report['id'], report])).values()]
  // An id is made of the place in the log, which differs from run to run.
  return once.map((report) => Object.fromEntries(Object.entries(report).filter(notId)))
}

function notId([name]: [string, unknown]): boolean {
  return name !== 'id'
}

/** The score report of a minute. */
function scoreAt(reports: readonly Record<string, unknown>[], minute: number) {
  const timestamp = (startS + 60 * minute) * 1000
  const found = reports.find((each) => each['kind'] === 'score' && each['timestamp'] === timestamp)
  return found as { lower: number; upper: number; alarm: string } | undefined
}

describe('a fault that lasts', () => {
  test('is not learned where it is masked, also over a kill', async () => {
    const undisturbed = await written(1000, false)
    const killed = await written(1000, true)
    expect(killed).toEqual(undisturbed)
    const firing = killed.filter(({ kind, state }) => `${kind} ${state}` === 'alarm firing')
    expect(firing.length).toBe(1)
    const before = scoreAt(killed, calm - 1)
    const atEnd = scoreAt(killed, calm + fault - 1)
    const behind = scoreAt(killed, calm + fault + after - 1)
    // It never expects the fault, and takes the old level for what it was.
    expect(atEnd?.upper).toBeLessThan(100)
    expect(behind?.upper).toBeLessThan(100)
    expect(before?.upper).toBeLessThan(100)
  }, 120_000)

  test('is normal after a while where it is not masked', async () => {
    const reports = await written(0, false)
    const atEnd = scoreAt(reports, calm + fault - 1)
    expect(atEnd?.lower).toBeLessThan(400)
    expect(atEnd?.upper).toBeGreaterThan(403)
  }, 120_000)
})
