/**
 * The real shop, recorded for a minute with its real database, played again and judged; and nothing
 * is left of it, however its recorder ends.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import type { Truth } from '../../src/testbed/text.ts'
import { postgresMissing } from './postgres-server.ts'

const missing = postgresMissing()
const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const patience = { timeout: 100_000, interval: 100 }

/** A command under way. */
class Running {
  readonly child: ChildProcess
  stderr = ''

  constructor(...args: readonly string[]) {
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    this.child = spawn(process.execPath, [main, ...args], { stdio: [...stdio] })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, 'exit')
    }
    return this.child.exitCode
  }

  /** Its processes and theirs, with their command lines. */
  descendants(): Map<number, string> {
    const all = new Map<number, string>()
    const add = (pid: number): void => {
      for (const child of childrenOf(pid)) {
        all.set(child, commandLine(child))
        add(child)
      }
    }
    add(this.child.pid as number)
    return all
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

describe.skipIf(missing !== undefined)(`the real shop${missing ? `: ${missing}` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-testbed-'))
  const running: Running[] = []
  const run = (...args: readonly string[]): Running => {
    const one = new Running('testbed', ...args)
    running.push(one)
    return one
  }
  afterEach(() => running.splice(0).forEach(({ child }) => child.kill('SIGKILL')))
  afterAll(() => rmSync(folder, { recursive: true }))

  test(
    'breaks as the truth says, and its record is played and judged',
    { timeout: 300_000 },
    async () => {
      const out = join(folder, 'shop')
      const options = ['--minutes', '1', '--faults', 'slow-dependency', '--seed', '2']
      const recorder = run('record', ...options, '--out', out)
      expect(await recorder.ended(), recorder.stderr).toBe(0)

      const part = join(out, 'part-1')
      const lines = (name: string): string[] =>
        gunzipSync(readFileSync(join(part, `${name}.gz`)))
          .toString()
          .trimEnd()
          .split('\n')
      const truth = JSON.parse(readFileSync(join(part, 'truth.json'), 'utf8')) as Truth
      const stats = lines('stats').map((line) => line.split(',').map(Number))
      expect(stats.map(([epoch]) => epoch)).toEqual(
        Array.from({ length: 60 }, (_, second) => truth.startEpoch + second),
      )
      for (const row of stats) expect(row).toHaveLength(6 + (truth.columns?.length ?? NaN))
      // 40 clients that think for a second: some 36 requests a second at 20 ms.
      expect(lines('responsetime').length).toBeGreaterThan(600)
      // Every answer takes 130 ms more, the limit is 100: it is broken while the fault is there,
      // on a busy machine perhaps before and after it too.
      const fault = truth.injections.find(({ kind }) => kind === 'slow-dependency')
      const { startSecond, endSecond } = fault ?? { startSecond: NaN, endSecond: NaN }
      const hit = truth.breaches.find(
        ({ onset, end }) => onset <= startSecond + 2 && end >= endSecond,
      )
      expect(hit, JSON.stringify(truth.breaches)).toBeDefined()
      const dependency = 6 + (truth.columns?.indexOf('dependency_us') ?? NaN)
      const slow = stats.slice(startSecond + 5, endSecond)
      expect(slow.length).toBeGreaterThan(3)
      for (const row of slow) expect(row[dependency]).toBeGreaterThan(130_000)

      const again = join(folder, 'again')
      const player = run('play', part, '--out', again, '--speed', '100000')
      expect(await player.ended(), player.stderr).toBe(0)
      expect(readFileSync(join(again, 'stats'), 'utf8').trimEnd().split('\n')).toEqual(
        lines('stats'),
      )
      const judge = new Running('evaluate', part)
      expect(await judge.ended(), judge.stderr).toBe(0)
    },
  )

  test(
    'a part that ends by itself ends the recording, and says which',
    { timeout: 300_000 },
    async () => {
      const out = join(folder, 'lost')
      const recorder = run('record', '--minutes', '30', '--out', out)
      const stats = join(out, 'part-1', 'stats')
      await vi.waitUntil(() => existsSync(stats) && readFileSync(stats).length > 0, patience)
      const all = [...recorder.descendants()]
      const [dependency = 0] = all.find(([, command]) => command.includes('dependency-part')) ?? []
      process.kill(dependency, 'SIGKILL')
      expect(await recorder.ended()).toBe(1)
      expect(recorder.stderr).toContain('the shop’s dependency ended by itself')
      expect(
        all.filter(([pid, command]) => command !== '' && commandLine(pid) === command),
      ).toEqual([])
    },
  )

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'ended by %s leaves no process and no data behind',
    { timeout: 300_000 },
    async (signal) => {
      const out = join(folder, signal)
      const recorder = run('record', '--minutes', '30', '--out', out)
      const stats = join(out, 'part-1', 'stats')
      await vi.waitUntil(() => existsSync(stats) && readFileSync(stats).length > 0, patience)
      const all = recorder.descendants()
      const commands = [...all.values()].join('\n')
      for (const part of ['database', 'dependency', 'injector', 'web', 'clients']) {
        expect(commands).toContain(`${part}-part`)
      }
      const data = /-D (\S+)/.exec(commands)?.[1] as string
      expect(readdirSync(data)).toContain('postgresql.conf')

      recorder.child.kill(signal)
      const code = { SIGTERM: 143, SIGINT: 130, SIGKILL: null }[signal]
      expect(await recorder.ended()).toBe(code)
      await vi.waitUntil(() => {
        return [...all].every(([pid, command]) => command === '' || commandLine(pid) !== command)
      }, patience)
      expect(existsSync(data)).toBe(false)
      // What was asked to stop has completed its part.
      expect(existsSync(`${stats}.gz`)).toBe(signal !== 'SIGKILL')
    },
  )
})
