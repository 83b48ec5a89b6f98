/**
 * The shop: an HTTP server in one process with a few database connections.
 *
 *   request ─▶ wait for a connection ─▶ ask the dependency ─▶ statements ─▶ page
 *                                       └──── the connection is held ────┘
 *
 * Its limits are its own: one event loop, a bounded heap, and the few connections, which are held
 * while the dependency is asked, as many a shop does it. Whatever takes long, there or in the
 * database, soon makes all others wait.
 */

import { Agent, createServer, get } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PerformanceObserver, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type postgres from 'postgres'
import { browse, order, search, take } from './catalogue.ts'
import type { Item } from './catalogue.ts'
import { ConnectionPool } from './connection-pool.ts'
import { BusyWork, KeptMemory } from './leaks.ts'
import { Durations, Level } from './level.ts'
import type { ShopMeasures } from './message.ts'
import { partOptions, takePart, tell } from './part.ts'

/** Where everything is. `port` 0: any. */
export interface WebOptions {
  readonly port: number
  readonly databasePort: number
  readonly dependencyPort: number
}

/** Held for 15 ms a request, this is enough for some 200 requests a second. */
const connections = 3
const loopResolutionMs = 10
/** What breaks the objective at the usual load, found by trial; docs/guides/testbed.md. */
const breaking = { busyShare: 0.9, keptBytes: 75_000_000 }

const options = partOptions<WebOptions>()
const pool = new ConnectionPool(options.databasePort, connections)
const agent = new Agent({ keepAlive: true })

const underWay = new Level(performance.now())
const statements = new Durations()
const commits = new Durations()
const dependency = new Durations()
const loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs })
loopDelay.enable()
let collectMs = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectMs += duration
}).observe({ entryTypes: ['gc'] })

async function timed<Result>(durations: Durations, work: () => Promise<Result>): Promise<Result> {
  const begunMs = performance.now()
  try {
    return await work()
  } finally {
    durations.add(performance.now() - begunMs)
  }
}

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const where = { host: '127.0.0.1', port: options.dependencyPort, path, agent }
    get(where, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    }).on('error', reject)
  })
}

/** The rows for a path: /browse/CATEGORY, /search/TEXT or /order/ITEM. */
async function rowsFor(own: postgres.Sql, path: string): Promise<readonly Item[]> {
  const [, kind, what = ''] = path.split('/')
  if (kind === 'browse') return timed(statements, () => browse(own, Number(what)))
  if (kind === 'search') return timed(statements, () => search(own, what))
  await own`begin`
  const items = await timed(statements, () => take(own, Number(what)))
  for (const item of items) await order(own, item)
  await timed(commits, () => own`commit`)
  return items
}

async function answer(path: string, response: ServerResponse): Promise<void> {
  const { rank, items } = await pool.with(async (own) => {
    const rank = await timed(dependency, () => ask(path))
    return { rank, items: await rowsFor(own, path) }
  })
  response.setHeader('content-type', 'text/html')
  response.end(page(path, rank, items))
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

function page(path: string, rank: string, items: readonly Item[]): string {
  const rows = items.map(({ id, name, price, stock }) => {
    const cells = [String(id), name, (price / 100).toFixed(2), stock > 0 ? 'in stock' : 'sold out']
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`
  })
  const title = escaped(path)
  return `<!doctype html><title>${title}</title><p>${escaped(rank)}<table>${rows.join('')}</table>`
}

const server = createServer((request, response) => {
  underWay.add(1, performance.now())
  response.once('close', () => underWay.add(-1, performance.now()))
  answer(request.url ?? '/', response).catch(() => {
    response.statusCode = 500
    response.end()
  })
})

let utilization = performance.eventLoopUtilization()

function measured(): ShopMeasures {
  const nowMs = performance.now()
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  const before = utilization
  utilization = performance.eventLoopUtilization()
  const delayMs = loopDelay.mean / 1e6 - loopResolutionMs
  const measures = {
    heapShare: used_heap_size / heap_size_limit,
    underWay: underWay.read(nowMs),
    waiting: pool.waiting.read(nowMs),
    lent: pool.lent.read(nowMs),
    loopDelayMs: Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0,
    loopBusy: performance.eventLoopUtilization(utilization, before).utilization,
    collectMs,
    statementMs: statements.read(),
    commitMs: commits.read(),
    dependencyMs: dependency.read(),
  }
  loopDelay.reset()
  collectMs = 0
  return measures
}

const busyWork = new BusyWork()
const kept = new KeptMemory()
let keptStrength = 0

server.listen(options.port, '127.0.0.1', () => {
  takePart((strengths, before) => {
    busyWork.share = Math.min(
      1,
      breaking.busyShare * (strengths['cpu-leak'] + 0.3 * strengths['batch-job']),
    )
    // A leak is what is added: a process that was started anew begins at nothing.
    const leak = strengths['memory-leak']
    keptStrength = leak === 0 ? 0 : keptStrength + Math.max(0, leak - before['memory-leak'])
    kept.hold(breaking.keptBytes * (keptStrength + 0.6 * strengths['cache-growth']))
  })
  setInterval(() => tell({ measures: measured() }), 1000)
  tell({ ready: (server.address() as AddressInfo).port })
})
