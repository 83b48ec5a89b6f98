/** The program as a process: what only shows from outside. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { programEnvironment } from '../../test/program-environment.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'forewarn-main-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Run {
  readonly child: ChildProcess
  out(): string
  err(): string
  /** Exit code, or the signal that killed it. */
  readonly end: Promise<number | string>
}

function forewarn(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
    cwd: folder,
    env: { ...programEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const end = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return { child, out: () => out, err: () => err, end }
}

/** Resolves once the text is in what a run has written. */
async function seen(run: Run, text: string): Promise<void> {
  while (!(run.out() + run.err()).includes(text)) {
    const alive = await Promise.race([
      once(run.child.stdout ?? run.child, 'data').then(() => true),
      once(run.child.stderr ?? run.child, 'data').then(() => true),
      run.end.then(() => false),
    ])
    if (!alive && !(run.out() + run.err()).includes(text)) throw new Error(run.err())
  }
}

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

/** Port 0: the system chooses one that is free. */
const config = `
sources: { stream: { type: generator, preset: seasonal, every: 10ms } }
detectors: [{ match: '*', detector: ema }]
sinks:
  file: { type: file, path: reports.jsonl }
  page: { type: dashboard }
server: { listen: 127.0.0.1:0 }
`

describe('exit codes', () => {
  function f(args: string[], want: number, text: RegExp): void {
    test(`forewarn ${args.join(' ')}: ${want}`, async () => {
      const run = forewarn(args)
      expect(await run.end).toBe(want)
      expect(run.out() + run.err()).toMatch(text)
    })
  }

  f(['--version'], 0, /^\d+\.\d+\.\d+\n$/)
  f(['run', '--help'], 0, /^Usage: forewarn run/)
  f(['rnu'], 2, /did you mean "run"/)
  f(['run'], 78, /cannot read the configuration forewarn\.yaml: ENOENT/)
  f(['run', '-c', written('wrong.yaml', 'sorces: {}')], 78, /wrong\.yaml:1:1: unknown key "sorces"/)
})

test('a reader that goes away early ends the program without a word', async () => {
  const run = forewarn(['generate', '--count', '10000000'])
  await once(run.child.stdout ?? run.child, 'data')
  run.child.stdout?.destroy()
  expect(await run.end).toBe(0)
  expect(run.err()).toBe('')
})

describe('a running program', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('on %s delivers what waits and exits with %i', async (signal, code) => {
    const run = forewarn(['run', '-c', written('run.yaml', config)])
    await seen(run, 'page and API at http://127.0.0.1:')
    const address = /at (http:\S+)/.exec(run.err())?.[1] ?? ''
    expect((await fetch(`${address}/readyz`)).status).toBe(200)
    run.child.kill(signal)
    expect(await run.end).toBe(code)
    const log = run
      .err()
      .split('\n')
      .filter((line) => line.startsWith('{'))
    expect(log.map((line) => (JSON.parse(line) as { msg: string }).msg).slice(-2)).toEqual([
      'stopping',
      'stopped',
    ])
  })

  test('says clearly that its port is taken, and exits with 1', async () => {
    const first = forewarn(['run', '-c', written('first.yaml', config)])
    await seen(first, 'page and API at http://127.0.0.1:')
    const port = /127\.0\.0\.1:(\d+)/.exec(first.err())?.[1] ?? ''
    const sets = ['--set', 'store.folder=second-state', '--listen', `127.0.0.1:${port}`]
    const second = forewarn(['run', '-c', 'first.yaml', ...sets])
    expect(await second.end).toBe(1)
    expect(second.err()).toContain('another program has this address')
    expect(second.err()).toContain('ERR_SERVER_PORT_TAKEN')
    first.child.kill('SIGTERM')
    expect(await first.end).toBe(143)
  })

  test('writes its log without colours where it is not a terminal', async () => {
    const run = forewarn(['run', '-c', written('plain.yaml', config)], { NO_COLOR: '1' })
    await seen(run, 'page and API at')
    run.child.kill('SIGTERM')
    await run.end
    expect(run.err()).not.toContain('\x1b[')
  })
})
