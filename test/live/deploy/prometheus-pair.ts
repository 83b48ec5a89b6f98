/** A Prometheus and an Alertmanager of their own: private ports, a folder, ended by their pids. */

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, pause } from '../live-program.ts'

const alertmanager = 'prometheus-alertmanager'

/** Why they are not here; undefined where they are. With CI set, throws instead. */
export function prometheusMissing(): string | undefined {
  const programs = ['prometheus', alertmanager]
  const missing = programs.filter((name) => spawnSync(name, ['--version']).status !== 0)
  if (missing.length === 0) return undefined
  const message = `${missing.join(' and ')} not installed (Debian: prometheus, ${alertmanager})`
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** See the head of the file. */
export class PrometheusPair {
  readonly alertmanagerUrl: string
  readonly #url: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'forewarn-prometheus-'))
  readonly #children: ChildProcess[] = []

  private constructor(port: number, alertmanagerPort: number) {
    this.#url = `http://127.0.0.1:${port}`
    this.alertmanagerUrl = `http://127.0.0.1:${alertmanagerPort}`
    process.once('exit', () => this.#children.forEach((child) => child.kill('SIGKILL')))
  }

  /**
   * Both started and ready. Prometheus takes `settings` (remote_write, scrape_configs), looks at
   * itself besides, and scrapes each second.
   */
  static async started(settings: string, routes: string): Promise<PrometheusPair> {
    const [port, alerts, cluster] = [await freePort(), await freePort(), await freePort()]
    const pair = new PrometheusPair(port, alerts)
    const folder = pair.#folder
    const own = `  - { job_name: self, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }\n`
    const file = join(folder, 'prometheus.yml')
    writeFileSync(file, `global: { scrape_interval: 1s }\n${settings}${own}`)
    writeFileSync(join(folder, 'alertmanager.yml'), routes)
    pair.#start('prometheus', [
      `--config.file=${file}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${folder}/data`,
    ])
    pair.#start(alertmanager, [
      `--config.file=${folder}/alertmanager.yml`,
      `--web.listen-address=127.0.0.1:${alerts}`,
      `--cluster.listen-address=127.0.0.1:${cluster}`,
      `--cluster.advertise-address=127.0.0.1:${cluster}`,
      `--storage.path=${folder}/alerts`,
    ])
    for (const url of [pair.#url, pair.alertmanagerUrl]) await pair.#ready(url)
    return pair
  }

  /** True once Prometheus has a sample of a metric. */
  async knows(metric: string): Promise<boolean> {
    const answer = await fetch(`${this.#url}/api/v1/query?query=${metric}`)
    const { data } = (await answer.json()) as { data: { result: readonly unknown[] } }
    return data.result.length > 0
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #start(program: string, flags: readonly string[]): void {
    this.#children.push(spawn(program, flags, { cwd: this.#folder, stdio: 'ignore' }))
  }

  async #ready(url: string): Promise<void> {
    for (let tries = 0; tries < 1200; tries++) {
      const ended = this.#children.find(({ exitCode }) => exitCode !== null)
      if (ended !== undefined) throw new Error(`${ended.spawnfile} ended with ${ended.exitCode}`)
      const answer = await fetch(`${url}/-/ready`).catch(() => undefined)
      if (answer?.ok === true) return
      await pause(50)
    }
    throw new Error(`nothing is ready at ${url}`)
  }
}
