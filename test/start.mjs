// README's first command from outside: `npm start` must serve the page, draw live data and find an
// anomaly, and must stop in order on SIGTERM. Plain JavaScript: it stands outside of the project.

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

const liveWithinMs = 90_000
const alarmWithinMs = 300_000

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function until(what, withinMs, found) {
  const endMs = Date.now() + withinMs
  while (Date.now() < endMs) {
    const answer = await found().catch(() => undefined)
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error(`${what}: not within ${withinMs / 1000} s`)
}

const address = `http://127.0.0.1:${await freePort()}`
const json = async (path) => (await fetch(address + path)).json()
const startMs = Date.now()
const since = () => `${((Date.now() - startMs) / 1000).toFixed(1)} s`
const args = ['start', '--', '--listen', address.slice('http://'.length)]
const child = spawn('npm', args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)))
try {
  await until('the page', liveWithinMs, async () => (await fetch(address)).ok)
  const html = await (await fetch(address)).text()
  if (!html.includes('<script')) throw new Error('the page has no program')
  const { series } = await until('live series', liveWithinMs, async () => {
    const found = await json('/api/v1/series?limit=500')
    return found.series.length > 10 && found
  })
  process.stdout.write(`live after ${since()}: ${series.length} series\n`)
  const alarm = await until('the first anomaly', alarmWithinMs, async () => {
    const { active, past } = await json('/api/v1/alarms')
    return [...active, ...past].find(({ reason }) => reason !== '')
  })
  process.stdout.write(`first anomaly after ${since()}: ${JSON.stringify(alarm)}\n`)
} finally {
  process.kill(-child.pid, 'SIGTERM')
  process.stdout.write(`ended with ${await ended}\n`)
}
