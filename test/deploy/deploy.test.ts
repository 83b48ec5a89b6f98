/** What deploy/ holds, looked at without starting any of it: nothing open, nothing unpinned. */

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { root, Stack, stacks } from './stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-deploy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Services that end by themselves. */
const onceOnly = ['topics', 'zabbix-setup']
/** Services whose image has a health check of its own, or a program that has none to ask. */
const checkedOtherwise = ['telegraf', 'telegraf-scores']

describe.each(stacks)('stack %s', (name) => {
  const stack = new Stack(name)
  const services = [...stack.services]

  test('every image is pinned to a version, or built from this checkout', () => {
    for (const [each, { image, build }] of services) {
      expect(image, each).toMatch(/:[a-z-]*\d+\.\d+/)
      if (build === undefined) continue
      expect(image).toBe(`forewarn:${packageVersion()}`)
      expect(build.context).toBe(join(root))
      expect(existsSync(join(build.context, build.dockerfile))).toBe(true)
    }
  })

  test('every service is asked how it is, and waits for those that it needs', () => {
    for (const [each, { healthcheck, image, depends_on: needs = {} }] of services) {
      if (onceOnly.includes(each) || checkedOtherwise.includes(each)) continue
      const own = image?.startsWith('forewarn:') === true || healthcheck?.test !== undefined
      expect(own, each).toBe(true)
      for (const [other, { condition }] of Object.entries(needs)) {
        expect(stack.services.has(other), `${each}: ${other}`).toBe(true)
        const wanted = onceOnly.includes(other)
          ? 'service_completed_successfully'
          : 'service_healthy'
        expect(condition, `${each}: ${other}`).toBe(wanted)
      }
    }
  })

  test('nothing is reached from other machines', () => {
    for (const [, { ports = [] }] of services) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    }
  })

  test('passwords are files of their own, each one used, none written down', () => {
    const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets))
    expect([...used].sort()).toEqual([...stack.secrets.keys()].sort())
    for (const [secret, file] of stack.secrets) expect(file).toBe(`./secrets/${secret}`)
    for (const [each, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/passw|token|secret|_key/i.test(variable)) continue
        expect(value, `${each}: ${variable}`).toMatch(/^\/run\/secrets/)
      }
    }
  })

  test('what a service is given of the checkout is there, its volumes are declared', () => {
    const named = new Set<string>()
    for (const [each, { volumes = [] }] of services) {
      for (const [, path] of stack.mounts(each)) expect(existsSync(path), path).toBe(true)
      for (const volume of volumes) {
        const [from = ''] = volume.split(':')
        if (/^[a-z]/.test(from)) named.add(from)
      }
    }
    expect([...named].sort()).toEqual([...stack.volumes].sort())
  })

  test('our own programs have no rights and write to their volume alone', () => {
    for (const [each, service] of services) {
      if (service.build === undefined) continue
      expect(service.read_only, each).toBe(true)
      expect(service.cap_drop, each).toEqual(['ALL'])
    }
  })

  test('secrets.sh makes every password once, for nobody else on the machine', () => {
    const copy = join(folder, name)
    cpSync(join(root, 'deploy', 'compose'), copy, { recursive: true })
    const make = () => execFileSync('sh', [join(copy, 'secrets.sh'), name])
    make()
    const place = join(copy, name, 'secrets')
    expect(readdirSync(place).sort()).toEqual([...stack.secrets.keys()].sort())
    expect(statSync(place).mode & 0o777).toBe(0o700)
    const read = () => readdirSync(place).map((each) => readFileSync(join(place, each), 'utf8'))
    const made = read()
    for (const password of made) expect(password).toMatch(/^[A-Za-z0-9]{32}$/)
    expect(new Set(made).size).toBe(made.length)
    make()
    expect(read()).toEqual(made)
  })
})

function packageVersion(): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
