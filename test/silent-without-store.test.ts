/** Without a store ticks count for the series of every source: a silent one's alarm resolves. */

import { expect, test } from 'vitest'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LiveProgram, forewarnCommand, freePort } from './live/live-program.ts'

test('an alarm resolves when its series falls silent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-silent-'))
  const port = await freePort()
  const alarm = '{ absent: 2s }'
  const yaml = `sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema, probation: 30, alarm: ${alarm} }]
sinks: { file: { type: file, path: '${join(folder, 'out.jsonl')}', scores: false } }
store: { type: none }
telemetry: { log_level: error }
`
  const program = new LiveProgram(forewarnCommand(folder, port, yaml))
  try {
    await program.ready()
    const startMs = Date.now() - 60_000
    const values = [...Array.from({ length: 50 }, (_, i) => 10 + (i % 3)), 500, 500, 500]
    const body = values.map((value, i) => `load value=${value} ${startMs + i * 1000}`).join('\n')
    const answer = await fetch(program.url('/api/v2/write?precision=ms'), { method: 'POST', body })
    expect(answer.status).toBe(204)
    const states = (): string[] =>
      readFileSync(join(folder, 'out.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { state: string }).state)
    await expect.poll(states, { timeout: 30_000, interval: 250 }).toEqual(['firing', 'resolved'])
  } finally {
    await program.ended('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
})
