/**
 * A stack of deploy/compose as compose itself reads it, as far as ours go: `extends` resolved, `$$`
 * taken for `$`, `${NAME:-default}` replaced by its default. For tests, which have no engine.
 */

import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '..', '..')
export const stacks = ['sophia', 'pensu', 'response-times'] as const
export type StackName = (typeof stacks)[number]

/** What a stack says of a service; other keys are of no concern to the tests. */
export interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly restart?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
}

interface Written extends Service {
  readonly extends?: { readonly file: string; readonly service: string }
}

interface StackFile {
  readonly name?: string
  readonly services: Readonly<Record<string, Written>>
  readonly volumes?: Readonly<Record<string, object>>
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>
}

/** See the head of the file. */
export class Stack {
  readonly folder: string
  readonly services: ReadonlyMap<string, Service>
  readonly secrets: ReadonlyMap<string, string>
  readonly volumes: ReadonlySet<string>

  constructor(name: StackName) {
    this.folder = join(root, 'deploy', 'compose', name)
    const file = read(join(this.folder, 'compose.yaml'))
    const services = Object.entries(file.services)
    this.services = new Map(services.map(([each, service]) => [each, this.#whole(service)]))
    const secrets = Object.entries(file.secrets ?? {})
    this.secrets = new Map(secrets.map(([each, secret]) => [each, secret.file]))
    this.volumes = new Set(Object.keys(file.volumes ?? {}))
  }

  service(name: string): Service {
    const service = this.services.get(name)
    if (service === undefined) throw new RangeError(`no service ${name} in ${this.folder}`)
    return service
  }

  /** Folders and files of the checkout that a service sees, by their path in the container. */
  mounts(name: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const volume of this.service(name).volumes ?? []) {
      const [from = '', to = ''] = volume.split(':')
      if (from.startsWith('.')) found.set(to, resolve(this.folder, from))
    }
    return found
  }

  #whole({ extends: base, ...own }: Written): Service {
    if (base === undefined) return own
    const path = join(this.folder, base.file)
    const { [base.service]: found } = read(path).services
    if (found === undefined) throw new RangeError(`no service ${base.service} in ${path}`)
    const environment = { ...found.environment, ...own.environment }
    const healthcheck = { ...found.healthcheck, ...own.healthcheck }
    const build = found.build && {
      ...found.build,
      context: resolve(dirname(path), found.build.context),
    }
    return { ...found, ...(build && { build }), ...own, environment, healthcheck }
  }
}

function read(path: string): StackFile {
  const text = readFileSync(path, 'utf8').replace(/\$\{\w+:-([^}]*)\}/g, '$1')
  return parse(text.replaceAll('$$', '$'), { merge: true }) as StackFile
}
