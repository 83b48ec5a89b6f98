import { expect, test } from 'vitest'
import { statesByName } from './sink-state.ts'
import type { SinkState } from './sink-state.ts'

const idle: SinkState = {
  name: 'database',
  activity: 'idle',
  waiting: 1,
  limit: 10,
  written: 100,
  dropped: 2,
  failuresInRow: 0,
  lastSuccessMs: 5000,
  lastFailureMs: null,
  lastError: '',
}

test('deliveries of one sink are one state: sums, the last success, the last failure', () => {
  const failing: SinkState = {
    ...idle,
    activity: 'backing off',
    waiting: 4,
    failuresInRow: 3,
    lastSuccessMs: null,
    lastFailureMs: 6000,
    lastError: 'refused',
  }
  const other = { ...idle, name: 'page' }
  expect(statesByName([idle, other, failing])).toEqual([
    {
      name: 'database',
      activity: 'backing off',
      waiting: 5,
      limit: 20,
      written: 200,
      dropped: 4,
      failuresInRow: 3,
      lastSuccessMs: 5000,
      lastFailureMs: 6000,
      lastError: 'refused',
    },
    other,
  ])
  expect(statesByName([failing, idle])[0]).toMatchObject({ lastError: 'refused', waiting: 5 })
})
