/**
 * What the process costs: CPU, memory, and how late the event loop is. Names are those that
 * Prometheus clients have for every program, so that existing dashboards find them.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './metrics.ts'

/** How often the event loop is looked at; finer looks cost more than they tell. */
const loopResolutionMs = 20

const nsPerSecond = 1e9

/** Declares the process' metrics; they are measured at each scrape. The answer ends measuring. */
export function addProcessMetrics(metrics: Metrics): () => void {
  const cpu = metrics.counter('process_cpu_seconds_total', 'CPU time, user and system.')
  const start = metrics.gauge('process_start_time_seconds', 'When the process started, Unix time.')
  const resident = metrics.gauge(
    'process_resident_memory_bytes',
    'Memory held, as the system counts.',
  )
  const heap = metrics.gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.')
  const external = metrics.gauge('nodejs_external_memory_bytes', 'Memory of buffers off the heap.')
  const lag = metrics.gauge(
    'nodejs_eventloop_lag_seconds',
    'How late the event loop was since the last scrape: median, 99th percentile and most (1).',
    ['quantile'],
  )
  const delay = monitorEventLoopDelay({ resolution: loopResolutionMs })
  delay.enable()
  start.set(performance.timeOrigin / 1000)
  metrics.onScrape(() => {
    const { user, system } = process.cpuUsage()
    cpu.set((user + system) / 1e6)
    const memory = process.memoryUsage()
    resident.set(memory.rss)
    heap.set(memory.heapUsed)
    external.set(memory.external)
    // The histogram holds whole intervals; what is over the resolution is lateness.
    const late = (ns: number): number => Math.max(0, ns / nsPerSecond - loopResolutionMs / 1000)
    lag.set(late(delay.percentile(50)), '0.5')
    lag.set(late(delay.percentile(99)), '0.99')
    lag.set(late(delay.max), '1')
    delay.reset()
  })
  return () => delay.disable()
}
