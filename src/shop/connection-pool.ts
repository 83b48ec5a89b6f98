/** A fixed number of database connections, lent one request at a time, first come first served. */

import { performance } from 'node:perf_hooks'
import postgres from 'postgres'
import { Level } from './level.ts'

/** See the head of the file. */
export class ConnectionPool {
  readonly #free: postgres.Sql[]
  readonly #waiting: ((connection: postgres.Sql) => void)[] = []
  /** How many requests wait for a connection, and how many have one. */
  readonly waiting = new Level(performance.now())
  readonly lent = new Level(performance.now())

  constructor(port: number, connections: number) {
    const where = { host: '127.0.0.1', port, username: 'postgres', max: 1 }
    this.#free = Array.from({ length: connections }, () => {
      return postgres({ ...where, idle_timeout: 0, fetch_types: false })
    })
  }

  /** Does the work with a connection of its own. */
  async with<Result>(work: (connection: postgres.Sql) => Promise<Result>): Promise<Result> {
    this.waiting.add(1, performance.now())
    const connection = this.#free.pop() ?? (await this.#next())
    this.waiting.add(-1, performance.now())
    this.lent.add(1, performance.now())
    try {
      return await work(connection)
    } finally {
      this.lent.add(-1, performance.now())
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(connection)
      else next(connection)
    }
  }

  #next(): Promise<postgres.Sql> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
