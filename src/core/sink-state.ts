/** How a sink stands: what deliveries say of it, the API hands out and the page shows. */

/** See the head of the file. */
export interface SinkState {
  readonly name: string
  readonly activity: 'idle' | 'writing' | 'backing off' | 'closed'
  /** Reports that the sink does not have yet, those under way included. */
  readonly waiting: number
  readonly limit: number
  /** Reports since the start. */
  readonly written: number
  readonly dropped: number
  /** 0 while the last write succeeded. */
  readonly failuresInRow: number
  /** Unix milliseconds; null where it never happened. */
  readonly lastSuccessMs: number | null
  readonly lastFailureMs: number | null
  readonly lastError: string
}

/** One state a name, where several deliveries share a sink; in the order of their first. */
export function statesByName(states: readonly SinkState[]): SinkState[] {
  const merged = new Map<string, SinkState>()
  for (const state of states) {
    const before = merged.get(state.name)
    merged.set(state.name, before === undefined ? state : joined(before, state))
  }
  return [...merged.values()]
}

function joined(one: SinkState, other: SinkState): SinkState {
  const failed = (other.lastFailureMs ?? 0) > (one.lastFailureMs ?? 0) ? other : one
  const busy = one.activity === 'idle' || one.activity === 'closed' ? other : one
  return {
    name: one.name,
    activity: busy.activity,
    waiting: one.waiting + other.waiting,
    limit: one.limit + other.limit,
    written: one.written + other.written,
    dropped: one.dropped + other.dropped,
    failuresInRow: Math.max(one.failuresInRow, other.failuresInRow),
    lastSuccessMs: latest(one.lastSuccessMs, other.lastSuccessMs),
    lastFailureMs: failed.lastFailureMs,
    lastError: failed.lastError,
  }
}

function latest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.max(one, other)
}
