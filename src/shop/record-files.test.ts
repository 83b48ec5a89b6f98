import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import type { Truth } from '../testbed/text.ts'
import { agentColumns } from './agent.ts'
import type { AgentSecond } from './agent.ts'
import { RecordFiles } from './record-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-record-'))
afterAll(() => rmSync(folder, { recursive: true }))

const further = Object.fromEntries(agentColumns.map((column, i) => [column, i]))
const agent = { cpu: 7, mem: 5, disk: 1, waiting: 0, connections: 2, further } as AgentSecond
const injection = { kind: 'cpu-leak', rampSeconds: 2, strength: 1, stepSeconds: 1 } as const
const objective = { metric: 'mean', limit: 100, holdSamples: 3 }

const lines = (part: string, name: string): string[] =>
  gunzipSync(readFileSync(join(folder, part, `${name}.gz`)))
    .toString()
    .trimEnd()
    .split('\n')

const truthOf = (part: string): Truth =>
  JSON.parse(readFileSync(join(folder, part, 'truth.json'), 'utf8')) as Truth

test('a record is cut into parts, each with its own truth', () => {
  const head = { folder, startEpoch: 1000, partSeconds: 10, objective, seed: 3 }
  const files = new RecordFiles({ ...head, about: { cores: 2 } })
  const injections = [{ ...injection, startSecond: 8, endSecond: 15 }]
  for (let second = 0; second < 20; second++) {
    // Over the limit from 12 to 15; without an answer at 14, which is over it too.
    const slow = second >= 12 && second <= 15
    const millis = second === 14 ? [] : [slow ? 300 : 10, slow ? 101 : 20]
    const mean = files.write(second, agent, { millis, injections })
    expect(mean).toBe(second === 14 ? 100 : slow ? 200.5 : 15)
    expect(existsSync(join(folder, 'part-1', 'stats'))).toBe(second < 10)
  }
  files.close(injections)

  expect(lines('part-1', 'stats')).toHaveLength(10)
  expect(lines('part-2', 'stats')[0]).toBe('1010,7,5,1,0,2,0,1,2,3,4,5,6,7,8,9,10,11')
  expect(lines('part-2', 'responsetime').slice(3, 6)).toEqual(['20,1011', '300,1012', '101,1012'])
  const first = truthOf('part-1')
  expect(first).toMatchObject({ seed: 3, startEpoch: 1000, seconds: 10, breaches: [] })
  expect(first.columns).toEqual(agentColumns)
  const own = { ...injection, gradual: true }
  expect(first.injections).toEqual([{ ...own, startSecond: 8, endSecond: 10 }])
  const second = truthOf('part-2')
  expect(second).toMatchObject({ startEpoch: 1010, about: { cores: 2 } })
  expect(second.breaches).toEqual([{ onset: 2, end: 6 }])
  expect(second.injections).toEqual([{ ...own, startSecond: 0, endSecond: 5 }])
})
