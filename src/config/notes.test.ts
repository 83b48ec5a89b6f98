import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { configNotes } from './notes.ts'
import { tables } from './tables.ts'

function notes(source: string, store: string): string[] {
  const text = `
    sources: { in: { type: kafka, brokers: [localhost:9092], topics: [t]${source} } }
    store: { ${store} }
  `
  const file = { name: 'forewarn.yaml', text }
  return configNotes(loadConfig({ file, environment: {}, sets: [] }, tables))
}

test('a shared topic is taken for keyed, and that is said where nobody wrote so', () => {
  const shared = 'type: redis, scope: partition, redis_url: redis://localhost'
  expect(notes('', shared)).toEqual([expect.stringMatching(/^sources\.in\.keyed is true/)])
  expect(notes(', keyed: true', shared)).toEqual([])
  expect(notes(', keyed: false', shared)).toEqual([])
  expect(notes('', 'type: embedded')).toEqual([])
})
