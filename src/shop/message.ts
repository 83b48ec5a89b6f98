/**
 * What the recorder and the parts of the shop say to each other. Each part is a process of its own,
 * joined to the recorder by a channel; it ends when the channel does, however the recorder ended.
 *
 *   recorder ── strengths, once a second ──▶ part
 *   recorder ◀── ready; then what the part measures, once a second ── part
 */

/** From a part: it is ready and, where it listens, on which port. */
export interface ReadyMessage {
  readonly ready: number
}

/** From the clients: the response times of the requests that ended in a second. */
export interface ResponsesMessage {
  readonly epoch: number
  /** Whole milliseconds. A request that was not answered has the time of the timeout. */
  readonly millis: readonly number[]
}

/** What the shop knows of itself. Shares are in [0, 1], times milliseconds. */
export interface ShopMeasures {
  /** Of the bound of the heap. */
  readonly heapShare: number
  /** Mean number of requests under way, and of those that wait for a connection. */
  readonly underWay: number
  readonly waiting: number
  /** Mean number of database connections in use. */
  readonly lent: number
  /** Mean delay of the event loop, and the share of time in which it was not idle. */
  readonly loopDelayMs: number
  readonly loopBusy: number
  /** Spent on collecting garbage. */
  readonly collectMs: number
  /** Mean time of a statement, of a commit, of the dependency's answer; 0 where there was none. */
  readonly statementMs: number
  readonly commitMs: number
  readonly dependencyMs: number
}

export interface MeasuresMessage {
  readonly measures: ShopMeasures
}

export type PartMessage = ReadyMessage | ResponsesMessage | MeasuresMessage
