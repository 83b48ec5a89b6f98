/**
 * The image of the Dockerfile, built step by step by buildah, and programs in it.
 *
 * The base image that the Dockerfile names lies on a registry, which a test does not ask. In its
 * place stands one of the checkout's own Node.js with the libraries that it needs, this machine's
 * npm, and busybox for everything else. All steps are carried out as they are written.
 *
 * There is no container engine either: a program gets what an engine would give it, by hand. It
 * runs in a mount namespace of its own, with the image's tree read-only around it, as the user that
 * the image names.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..', '..')
const node = join(root, 'node_modules', 'node', 'bin', 'node')

/** Libraries that native packages of npm load besides those of Node.js itself, all of glibc. */
const libraries = ['librt.so.1', 'libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2']

/** Why no image can be built here; undefined where one can. With CI set, throws instead. */
export function builderMissing(): string | undefined {
  const programs = ['buildah', 'busybox', 'unshare', 'npm']
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0)
  const isRoot = process.getuid?.() === 0
  if (missing.length === 0) return isRoot ? undefined : 'it is not built: this is not root'
  const message = `${missing.join(', ')} missing (Debian: buildah, busybox-static, util-linux)`
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** What the image says of itself. */
export interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly Volumes: Readonly<Record<string, object>>
  readonly ExposedPorts: Readonly<Record<string, object>>
  readonly WorkingDir: string
  readonly Healthcheck: { readonly Test: readonly string[] }
}

/** See the head of the file. */
export class BuiltImage {
  readonly #folder = mkdtempSync(join(tmpdir(), 'forewarn-image-'))
  /** The image's files. */
  readonly tree: string
  readonly config: ImageConfig

  constructor() {
    this.#standIn()
    const cache = join(process.env['HOME'] ?? '/root', '.npm')
    mkdirSync(cache, { recursive: true })
    const how = ['--format', 'docker', '--build-arg', 'NODE_IMAGE=localhost/stand-in']
    this.#build('forewarn', [...how, '--volume', `${cache}:/root/.npm`, root])
    const described = this.#buildah('inspect', '--type', 'image', 'localhost/forewarn')
    this.config = (JSON.parse(described) as { Docker: { config: ImageConfig } }).Docker.config
    const container = this.#buildah('from', '--pull-never', 'localhost/forewarn').trim()
    this.tree = this.#buildah('mount', container).trim()
  }

  /** Runs a command of the image to its end, beside whatever runs already. */
  command(...words: readonly string[]): { readonly code: number | null; readonly said: string } {
    const done = spawnSync('chroot', [...this.#inside(), ...words], { encoding: 'utf8' })
    return { code: done.status, said: done.stdout + done.stderr }
  }

  /**
   * The image's entry point with its usual command, in a read-only tree. `settings` is a folder
   * that becomes /etc/forewarn, `state` one that becomes the volume.
   */
  start(settings: string, state: string): ChildProcess {
    const [volume = ''] = Object.keys(this.config.Volumes)
    const script = `
set -e
mount --bind "$1" "$1"
mount --bind "$2" "$1/etc/forewarn"
mount --bind "$3" "$1${volume}"
mkdir -p "$1/proc"
mount --rbind /proc "$1/proc"
mount -o remount,bind,ro "$1/etc/forewarn"
mount -t tmpfs tmpfs "$1/tmp"
mount -o remount,bind,ro "$1"
shift 3
exec chroot "$@"
`
    const { Entrypoint, Cmd } = this.config
    const inside = [...this.#inside(), ...Entrypoint, ...Cmd]
    const place = [this.tree, settings, state]
    return spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', ...place, ...inside], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  remove(): void {
    this.#buildah('rm', '--all')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Arguments of chroot up to the command: user, tree, environment and folder of the image. */
  #inside(): readonly string[] {
    const { User, Env, WorkingDir } = this.config
    const shell = ['sh', '-c', `cd ${WorkingDir} && exec "$@"`, 'sh']
    return [`--userspec=${User}`, this.tree, '/bin/env', '-i', ...Env, ...shell]
  }

  /**
   * The folder of an npm that has what it needs inside of itself: this machine's, or where that is
   * spread over the system, as Debian's is, the same version from the registry.
   */
  #npm(): string {
    const program = execFileSync('which', ['npm'], { encoding: 'utf8' }).trim()
    const folder = dirname(dirname(realpathSync(program)))
    if (existsSync(join(folder, 'node_modules', '@npmcli'))) return folder
    const version = execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim()
    const fetched = ['pack', `npm@${version}`, '--silent', '--pack-destination', this.#folder]
    const archive = execFileSync('npm', fetched, { encoding: 'utf8' }).trim()
    execFileSync('tar', ['-xzf', join(this.#folder, archive), '-C', this.#folder])
    return join(this.#folder, 'package')
  }

  #standIn(): void {
    const tree = join(this.#folder, 'stand-in')
    const put = (from: string, to: string) => {
      mkdirSync(join(tree, dirname(to)), { recursive: true })
      cpSync(from, join(tree, to), { dereference: true, recursive: true })
    }
    put(execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim(), '/bin/busybox')
    const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).split('\n')
    for (const name of applets) {
      if (name !== '' && name !== 'busybox') symlinkSync('busybox', join(tree, 'bin', name))
    }
    put(node, '/usr/local/bin/node')
    const needed = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
    for (const library of needed) put(library, library)
    const folder = dirname(needed.find((path) => path.includes('/libc.so')) ?? '')
    for (const name of libraries) put(join(folder, name), join(folder, name))
    put(this.#npm(), '/usr/local/lib/node_modules/npm')
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(tree, 'usr/local/bin/npm'))
    mkdirSync(join(tree, 'usr/bin'))
    symlinkSync('/bin/env', join(tree, 'usr/bin/env'))
    mkdirSync(join(tree, 'etc'))
    writeFileSync(
      join(tree, 'etc/passwd'),
      'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/:/bin/sh\n',
    )
    mkdirSync(join(tree, 'tmp'))
    chmodSync(join(tree, 'tmp'), 0o1777)
    // Where this machine trusts certificates of its own, npm has to know them in the image too.
    const trusted = process.env['NODE_EXTRA_CA_CERTS']
    const more = trusted === undefined ? '' : 'ENV NODE_EXTRA_CA_CERTS=/etc/trusted.pem\n'
    if (trusted !== undefined) put(trusted, '/etc/trusted.pem')
    const path = 'ENV PATH=/usr/local/bin:/usr/bin:/bin\n'
    writeFileSync(join(this.#folder, 'Dockerfile'), `FROM scratch\nCOPY stand-in /\n${path}${more}`)
    this.#build('stand-in', [this.#folder])
  }

  #build(name: string, how: readonly string[]): void {
    this.#buildah(
      'bud',
      '--isolation',
      'chroot',
      '--layers=false',
      '-t',
      `localhost/${name}`,
      ...how,
    )
  }

  #buildah(...words: readonly string[]): string {
    const place = ['--storage-driver', 'vfs', '--root', join(this.#folder, 'images')]
    const all = [...place, '--runroot', join(this.#folder, 'run'), ...words]
    const done = spawnSync('buildah', all, { encoding: 'utf8', maxBuffer: 1 << 26 })
    if (done.status === 0) return done.stdout
    throw new Error(`buildah ${words.join(' ')}:\n${done.stdout}${done.stderr}`)
  }
}

/** True where the image lacks what a test would lay there by accident. */
export function holds(image: BuiltImage, path: string): boolean {
  return existsSync(join(image.tree, path))
}
