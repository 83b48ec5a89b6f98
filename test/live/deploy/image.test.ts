/** The image of the Dockerfile: built, and at work as a stranger to a tree that it cannot write. */

import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../live-program.ts'
import { BuiltImage, builderMissing, holds } from './built-image.ts'

const missing = builderMissing()
/** A series as the API lists it. */
interface Shown {
  readonly key: string
  readonly lastValue: number
}

const own = 'sent:value{host="a"}'
const patience = { timeout: 120_000, interval: 100 }

describe.skipIf(missing !== undefined)(`image${missing ? `: ${missing}` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-image-run-'))
  let image: BuiltImage

  beforeAll(() => {
    image = new BuiltImage()
    // npm fetches what it has not in its cache.
  }, 900_000)
  afterAll(() => {
    image?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  test('holds the program, its dependencies and nothing of its making', () => {
    expect(image.config.User).toBe('1000:1000')
    expect(image.config.Entrypoint).toEqual(['forewarn'])
    expect(image.config.Healthcheck.Test).toEqual(['CMD', 'forewarn', 'health'])
    expect(Object.keys(image.config.Volumes)).toEqual(['/var/lib/forewarn'])
    const { version, dependencies } = JSON.parse(
      readFileSync(join(image.tree, 'opt/forewarn/package.json'), 'utf8'),
    ) as { version: string; dependencies: Record<string, string> }
    expect(image.command('forewarn', '--version')).toEqual({ code: 0, said: version + '\n' })
    for (const name of Object.keys(dependencies)) {
      expect(holds(image, `opt/forewarn/node_modules/${name}`), name).toBe(true)
    }
    for (const path of ['build', 'opt/forewarn/src', 'opt/forewarn/node_modules/vite']) {
      expect(holds(image, path), path).toBe(false)
    }
    const checked = image.command('forewarn', 'check', '-c', '/opt/forewarn/examples/demo.yaml')
    expect(checked.code).toBe(0)
  })

  test('runs as nobody special in a read-only tree, keeps its state in the volume', async () => {
    const port = await freePort()
    const address = `http://127.0.0.1:${port}`
    const state = mkdtempSync(join(folder, 'state-'))
    chownSync(state, 1000, 1000)
    const settings = mkdtempSync(join(folder, 'settings-'))
    writeFileSync(
      join(settings, 'forewarn.yaml'),
      `sources: { agents: { type: http, codec: influx }, host: { type: host } }
sinks: { page: { type: dashboard }, log: { type: console } }
server: { listen: '127.0.0.1:${port}' }
`,
      { mode: 0o644 },
    )
    // mkdtemp makes folders for their owner alone.
    chownSync(settings, 1000, 1000)
    const before = readdirSync(image.tree)
    for (const round of [1, 2]) {
      const child = image.start(settings, state)
      let said = ''
      child.stderr?.on('data', (chunk) => (said += String(chunk)))
      const health = () => image.command('forewarn', 'health', '--ready', '--address', address)
      await vi.waitUntil(async () => {
        expect(child.exitCode, said).toBe(null)
        return (await fetch(`${address}/readyz`).catch(() => undefined))?.ok === true
      }, patience)
      expect(health()).toEqual({ code: 0, said: 'ready\n' })
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      expect(status).toMatch(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m)
      const restored = /^forewarn_restored_series (\d+)$/m
      const metrics = await (await fetch(`${address}/metrics`)).text()
      expect(Number(restored.exec(metrics)?.[1] ?? 0) > 0).toBe(round === 2)
      const body = `sent,host=a value=${round} ${Date.now()}000000`
      const sent = await fetch(`${address}/api/v2/write`, { method: 'POST', body })
      expect(sent.status).toBe(204)
      expect(await (await fetch(address)).text()).toContain('<script')
      await vi.waitUntil(async () => {
        const answer = await fetch(`${address}/api/v1/series?search=sent`)
        const { series } = (await answer.json()) as { series: Shown[] }
        return series.some(({ key, lastValue }) => key === own && lastValue === round)
      }, patience)
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      expect((await ended)[0], said).toBe(143)
      expect(health().code).toBe(1)
    }
    expect(readdirSync(state)).toEqual(['forewarn-state'])
    expect(readdirSync(image.tree)).toEqual([...new Set([...before, 'proc'])].sort())
  }, 400_000)
})
