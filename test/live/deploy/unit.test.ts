/**
 * The unit of systemd: as systemd reads it, and the program behind the filter of system calls that
 * it asks for. No systemd runs where tests run, so the filter is put up by libseccomp.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root } from '../../deploy/stack.ts'
import { freePort } from '../live-program.ts'

const unit = readFileSync(join(root, 'deploy', 'systemd', 'forewarn.service'), 'utf8')
const python = '/usr/bin/python3'
const cloud = join(root, 'deploy', 'cloud', 'forewarn.cloud-init.yaml')

/** Why nothing of this can be asked here; undefined where it can. With CI set, throws instead. */
function toolsMissing(): string | undefined {
  const asked = [
    ['systemd-analyze', '--version'],
    ['cloud-init', '--version'],
    [python, '-c', 'import seccomp'],
  ] as const
  const missing = asked.filter(([name, ...args]) => spawnSync(name, args).status !== 0)
  if (missing.length === 0) return undefined
  const message = `${missing.join('; ')} (Debian: systemd, cloud-init, python3-seccomp)`
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** All values of a key of the unit. */
function values(key: string): string[] {
  const lines = unit.split('\n').filter((line) => line.startsWith(`${key}=`))
  return lines.map((line) => line.slice(key.length + 1))
}

/** System calls of a set, with those of the sets in it. */
function calls(set: string): Set<string> {
  const text = execFileSync('systemd-analyze', ['syscall-filter', set], { encoding: 'utf8' })
  const found = new Set<string>()
  for (const line of text.split('\n')) {
    const name = line.trim()
    if (!line.startsWith(' ') || name.startsWith('#')) continue
    if (name.startsWith('@')) for (const each of calls(name)) found.add(each)
    else found.add(name)
  }
  return found
}

const filterProgram = `
import errno, os, sys, seccomp
names = sys.argv[1].split(',')
f = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
for name in names:
    try:
        f.add_rule(seccomp.ALLOW, name)
    except Exception:
        pass
f.load()
os.execv(sys.argv[2], sys.argv[2:])
`

const missing = toolsMissing()
const patience = { timeout: 120_000, interval: 100 }

describe.skipIf(missing !== undefined)(`unit of systemd${missing ? `: ${missing}` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-unit-'))
  const bin = join(folder, 'lib', 'node_modules', '.bin')

  beforeAll(() => {
    mkdirSync(bin, { recursive: true })
    writeFileSync(
      join(bin, 'forewarn'),
      `#!/bin/sh\nexec ${process.execPath} ${join(root, 'src', 'cli', 'main.ts')} "$@"\n`,
      { mode: 0o755 },
    )
    symlinkSync(process.execPath, join(bin, 'node'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('systemd finds no fault in it, and little that it may do', () => {
    const file = join(folder, 'forewarn.service')
    writeFileSync(file, unit.replaceAll('/usr/local/lib/forewarn', join(folder, 'lib')))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect(stderr.split('\n').filter((line) => line.includes('forewarn'))).toEqual([])
    expect(status).toBe(0)
    const flags = ['security', '--offline=true', '--threshold=20', file]
    const { status: exposed, stdout } = spawnSync('systemd-analyze', flags, { encoding: 'utf8' })
    expect(exposed, stdout).toBe(0)
  })

  test('the program works behind its filter of system calls', async () => {
    const allowed = new Set<string>()
    for (const filter of values('SystemCallFilter')) {
      if (filter.startsWith('~')) for (const name of calls(filter.slice(1))) allowed.delete(name)
      else for (const name of calls(filter)) allowed.add(name)
    }
    expect(allowed.has('mount')).toBe(false)
    const port = await freePort()
    writeFileSync(
      join(folder, 'forewarn.yaml'),
      `sources: { host: { type: host }, agents: { type: http, codec: influx } }
sinks: { page: { type: dashboard }, log: { type: console } }
server: { listen: '127.0.0.1:${port}' }
workers: 2
`,
    )
    const [start = ''] = values('ExecStart')
    const words = start.replace('/usr/local/lib/forewarn', join(folder, 'lib')).split(' ')
    const [program = '', ...args] = words
    const own = args.map((each) => each.replace('/etc/forewarn/', folder + '/'))
    const all = ['-c', filterProgram, [...allowed].join(','), program, ...own]
    const child = spawn(python, all, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => (said += String(chunk)))
    const [, ask = ''] = /until (forewarn .*?); do/.exec(values('ExecStartPost')[0] ?? '') ?? []
    const [asker = '', ...question] = ask.split(' ')
    const address = `http://127.0.0.1:${port}`
    await vi.waitUntil(async () => {
      expect(child.exitCode, said).toBe(null)
      return (await fetch(`${address}/readyz`).catch(() => undefined))?.ok === true
    }, patience)
    const asked = spawnSync(join(bin, asker), [...question, '--address', address])
    expect(String(asked.stdout) + String(asked.stderr)).toBe('ready\n')
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    expect(status).toMatch(/^Seccomp:\s+2$/m)
    const body = `sent value=1 ${Date.now()}000000`
    const answer = await fetch(`${address}/api/v2/write`, { method: 'POST', body })
    expect(answer.status).toBe(204)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect((await exit)[0], said).toBe(143)
  }, 180_000)

  test('the cloud gets a valid file with the very same unit and a right configuration', () => {
    const checked = spawnSync('cloud-init', ['schema', '--config-file', cloud], {
      encoding: 'utf8',
    })
    expect(checked.stdout + checked.stderr).toMatch(/^Valid /)
    const { write_files: files } = parse(readFileSync(cloud, 'utf8')) as {
      write_files: { path: string; content: string }[]
    }
    const named = new Map(files.map(({ path, content }) => [path, content]))
    expect(named.get('/etc/systemd/system/forewarn.service')).toBe(unit)
    const config = join(folder, 'cloud.yaml')
    writeFileSync(config, named.get('/etc/forewarn/forewarn.yaml') ?? '')
    const check = spawnSync(join(bin, 'forewarn'), ['check', '-c', config], { encoding: 'utf8' })
    expect(check.status, check.stderr).toBe(0)
  })
})
