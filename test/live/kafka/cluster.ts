/**
 * A real Kafka for tests: brokers from the published jars, in KRaft mode, on private ports, with
 * their data in a temporary folder; ended by their pids.
 *
 *   mvn dependency:copy-dependencies, once: ~/.cache/forewarn/kafka-VERSION/libs (pom.xml is here)
 *   StorageTool format, then kafka.Kafka, one process a broker
 *
 * Seen with Kafka 4.1.1 on JDK 17: jars fetched in 6 s, one broker answers 4 s after its start on a
 * quiet machine of two cores, three brokers after 9 s; topics, groups and transactions work.
 */

import { execFile, execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { owned } from '../own-children.ts'

const run = promisify(execFile)

/** The version in pom.xml. */
const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)/.exec(
  readFileSync(join(import.meta.dirname, 'pom.xml'), 'utf8'),
)?.[1]

/** Kafka's jars, once `kafkaMissing` has been asked. */
export const libs = join(homedir(), '.cache', 'forewarn', `kafka-${version}`, 'libs')

/** How long a broker may take to answer on a busy machine. */
const startWithinMs = 90_000

/** What a cluster is started with. */
export interface ClusterOptions {
  /** 1 or 3. */
  readonly brokers?: number
  /** Lines added to each server.properties. */
  readonly properties?: Readonly<Record<string, string>>
  /** A second listener, with TLS and passwords, beside the plain one; one broker only. */
  readonly secured?: Secured
}

/** Who may come in by the second listener. */
export interface Secured {
  readonly user: string
  readonly password: string
}

interface Broker {
  readonly id: number
  readonly port: number
  readonly config: string
  child: ChildProcess | undefined
}

/** Why Kafka cannot be started here; undefined where it can. Fetches the jars once. */
export async function kafkaMissing(): Promise<string | undefined> {
  try {
    await run('java', ['-version'])
  } catch {
    return 'Kafka is not tested: there is no java'
  }
  if (existsSync(join(libs, '.whole'))) return undefined
  try {
    const where = ['-DincludeScope=runtime', `-DoutputDirectory=${libs}`]
    const pom = ['-q', '-B', '-f', join(import.meta.dirname, 'pom.xml')]
    await run('mvn', [...pom, 'dependency:copy-dependencies', ...where])
    writeFileSync(join(libs, '.whole'), '')
    return undefined
  } catch (error) {
    return `Kafka is not tested: its jars cannot be had (${String(error).slice(0, 200)})`
  }
}

/** See the head of the file. */
export class KafkaCluster {
  readonly folder: string
  readonly #brokers: readonly Broker[]
  readonly #clusterId = randomBytes(16).toString('base64url')

  /** `host:port` of the second listener. */
  readonly securedServer: string

  private constructor(folder: string, brokers: readonly Broker[], securedPort: number) {
    this.folder = folder
    this.#brokers = brokers
    this.securedServer = `localhost:${securedPort}`
  }

  /** The certificate that the second listener's is checked against, as PEM text. */
  get authority(): string {
    return readFileSync(join(this.folder, 'certificate.pem'), 'utf8')
  }

  /** Starts the brokers and resolves once each of them answers. */
  static async start(options: ClusterOptions = {}): Promise<KafkaCluster> {
    const missing = await kafkaMissing()
    if (missing !== undefined) throw new Error(missing)
    const count = options.brokers ?? 1
    const folder = mkdtempSync(join(tmpdir(), 'forewarn-kafka-'))
    const [controllerPort = 0, securedPort = 0, ...ports] = await freePorts(count + 2)
    const second = options.secured && securedProperties(folder, securedPort, options.secured)
    const brokers = ports.map((port, i) => {
      const config = join(folder, `broker-${i + 1}.properties`)
      const lines = properties({ id: i + 1, port, controllerPort, count, folder })
      const all = { ...withListener(lines, second), ...options.properties }
      writeFileSync(
        config,
        Object.entries(all)
          .map((pair) => pair.join('='))
          .join('\n') + '\n',
      )
      return { id: i + 1, port, config, child: undefined }
    })
    const cluster = new KafkaCluster(folder, brokers, securedPort)
    try {
      const { secured } = options
      await Promise.all(brokers.map((broker) => cluster.#format(broker, secured)))
      for (const { id } of brokers) cluster.#spawn(id)
      await Promise.all(brokers.map(({ port }) => answers(port)))
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  /** `host:port` of each broker. */
  get servers(): string[] {
    return this.#brokers.map(({ port }) => `127.0.0.1:${port}`)
  }

  /** Ends a broker at once, as a power failure does. Broker 1 is the controller as well. */
  async kill(id: number): Promise<void> {
    const broker = this.#broker(id)
    const { child } = broker
    broker.child = undefined
    await ended(child, 'SIGKILL')
  }

  /** Starts a killed broker again and waits until it answers. */
  async restart(id: number): Promise<void> {
    this.#spawn(id)
    await answers(this.#broker(id).port)
  }

  /** Ends every broker and forgets its data. */
  async stop(): Promise<void> {
    await Promise.all(this.#brokers.map(({ id }) => this.kill(id)))
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What a broker printed. */
  log(id: number): string {
    return readFileSync(join(this.folder, `broker-${id}.log`), 'utf8')
  }

  #broker(id: number): Broker {
    const broker = this.#brokers.find((each) => each.id === id)
    if (broker === undefined) throw new RangeError(`no broker ${id}`)
    return broker
  }

  async #format({ id, config }: Broker, secured: Secured | undefined): Promise<void> {
    const tool = ['-cp', join(libs, '*'), 'kafka.tools.StorageTool', 'format']
    const kind = id === 1 ? ['--standalone'] : []
    const words = secured === undefined ? [] : scramWords(secured)
    const cluster = [`--cluster-id=${this.#clusterId}`, '--config', config]
    await run('java', [...tool, ...cluster, ...kind, ...words])
  }

  #spawn(id: number): void {
    const broker = this.#broker(id)
    const log = join(this.folder, `broker-${id}.log`)
    const java = ['-Xmx512m', '-Xms128m', `-Dforewarn.log=${log}`, '-cp', join(libs, '*')]
    const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.properties')}`
    const child = spawn('java', [...java, logging, 'kafka.Kafka', broker.config], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    broker.child = owned(child)
  }
}

interface BrokerPlace {
  readonly id: number
  readonly port: number
  readonly controllerPort: number
  readonly count: number
  readonly folder: string
}

function properties({
  id,
  port,
  controllerPort,
  count,
  folder,
}: BrokerPlace): Record<string, string> {
  const replicas = String(Math.min(3, count))
  const inSync = count > 1 ? '2' : '1'
  const here = `PLAINTEXT://127.0.0.1:${port}`
  const controller = `CONTROLLER://127.0.0.1:${controllerPort}`
  return {
    'process.roles': id === 1 ? 'broker,controller' : 'broker',
    'node.id': String(id),
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: id === 1 ? `${here},${controller}` : here,
    'advertised.listeners': here,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, `data-${id}`),
    'num.partitions': '4',
    // Tests write records of long ago; they are not to be deleted for it.
    'log.retention.ms': '-1',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    // Members that are killed need not be waited for as long as by default, 6 s.
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '1000',
  }
}

/** The properties of one with a second listener. */
function withListener(
  plain: Record<string, string>,
  second: Record<string, string> | undefined,
): Record<string, string> {
  if (second === undefined) return plain
  const both = (name: string): string => `${plain[name]},${second[name]}`
  return {
    ...plain,
    ...second,
    listeners: both('listeners'),
    'advertised.listeners': both('advertised.listeners'),
    'listener.security.protocol.map': both('listener.security.protocol.map'),
  }
}

/** A listener with TLS and SASL, and its certificate, of its own making. */
function securedProperties(folder: string, port: number, who: Secured): Record<string, string> {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(folder, name))
  const kind = '-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost'.split(' ')
  const name = ['-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', key as string, '-out', certificate as string]
  execFileSync('openssl', ['req', ...kind, ...name, ...files], { stdio: 'ignore' })
  const both = [key, certificate].map((file) => readFileSync(file as string, 'utf8'))
  writeFileSync(join(folder, 'keystore.pem'), both.join(''))
  const listener = 'listener.name.secured'
  const security = 'org.apache.kafka.common.security'
  const { user, password } = who
  const plain = `${security}.plain.PlainLoginModule required user_${user}="${password}";`
  return {
    listeners: `SECURED://127.0.0.1:${port}`,
    'advertised.listeners': `SECURED://localhost:${port}`,
    'listener.security.protocol.map': 'SECURED:SASL_SSL',
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.location`]: join(folder, 'keystore.pem'),
    [`${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${listener}.plain.sasl.jaas.config`]: plain,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: `${security}.scram.ScramLoginModule required;`,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `${security}.scram.ScramLoginModule required;`,
  }
}

/** The same user and password for the mechanisms that keep no password. */
function scramWords({ user, password }: Secured): string[] {
  return [256, 512].flatMap((bits) => [
    '--add-scram',
    `SCRAM-SHA-${bits}=[name=${user},password=${password}]`,
  ])
}

/** Ports nobody has at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Resolves once somebody accepts connections on a port. */
async function answers(port: number): Promise<void> {
  const untilMs = Date.now() + startWithinMs
  while (Date.now() < untilMs) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no Kafka broker on port ${port} after ${startWithinMs} ms`)
}

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  await exit
}
