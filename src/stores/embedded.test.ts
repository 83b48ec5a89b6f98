import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { EmbeddedStore } from './embedded.ts'
import { storeContract } from './store.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const freshPath = (): string => join(folder, `state-${files++}`, 'state.db')

storeContract('embedded', () => {
  const path = freshPath()
  const store = new EmbeddedStore(path, 'process')
  const reopen = async (): Promise<EmbeddedStore> => {
    await store.close()
    return new EmbeddedStore(path, 'full')
  }
  return Promise.resolve({ store, reopen })
})

const nothing = { forgotten: [], positions: new Map(), outboxAdded: [], outboxRemoved: [] }

test('a damaged file is said to be so, and can be put aside', async () => {
  const path = freshPath()
  const store = new EmbeddedStore(path, 'process')
  const saved = [{ ownerKey: 'a', sealed: new Uint8Array(50_000).fill(7) }]
  await store.save({ ...nothing, saved })
  await store.close()
  const bytes = readFileSync(path)
  bytes.fill(0xee, 0, 4096)
  writeFileSync(path, bytes)
  const damaged = new EmbeddedStore(path, 'process')
  await expect(damaged.load()).rejects.toMatchObject({ code: 'ERR_STORE_DAMAGED' })
  expect(await damaged.renew(1234)).toBe(path + '.damaged-1234')
  expect(readdirSync(join(path, '..'))).toContain('state.db.damaged-1234')
  expect((await damaged.load()).owners).toEqual([])
  await damaged.close()
})

test('a file of a later layout is left as it is', async () => {
  const path = freshPath()
  const store = new EmbeddedStore(path, 'process')
  await store.load()
  await store.close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  const later = new EmbeddedStore(path, 'process')
  await expect(later.load()).rejects.toMatchObject({ code: 'ERR_STORE_READ' })
  await later.close()
  expect(readdirSync(join(path, '..'))).toContain('state.db')
})

test('a file that is damaged while it is open is put aside, and saving goes on', async () => {
  const path = freshPath()
  const store = new EmbeddedStore(path, 'process')
  // More than SQLite holds in memory, so that it must read what was damaged.
  const saved = Array.from({ length: 3000 }, (_, i) => {
    return { ownerKey: `series/${i}`, sealed: new Uint8Array(3000).fill(i) }
  })
  await store.save({ ...nothing, saved })
  const bytes = readFileSync(path)
  expect(bytes.length).toBeGreaterThan(4_000_000)
  writeFileSync(path, bytes.fill(0xee))
  await expect(store.save({ ...nothing, saved })).rejects.toMatchObject({
    code: 'ERR_STORE_DAMAGED',
  })
  await store.renew(5)
  await store.save({ ...nothing, saved: saved.slice(0, 2) })
  await store.close()
  const next = new EmbeddedStore(path, 'process')
  expect((await next.load()).owners).toHaveLength(2)
  await next.close()
})

test('a checkpoint that cannot be saved whole is not saved at all', async () => {
  const path = freshPath()
  const store = new EmbeddedStore(path, 'process')
  const saved = [{ ownerKey: 'a', sealed: Uint8Array.of(1) }]
  const positions = new Map([['log', null as unknown as number]])
  await expect(store.save({ ...nothing, saved, positions })).rejects.toMatchObject({
    code: 'ERR_STORE_WRITE',
  })
  await store.save({ ...nothing, saved: [], positions: new Map([['log', 5]]) })
  const state = await store.load()
  expect(state.owners).toEqual([])
  expect([...state.positions]).toEqual([['log', 5]])
  await store.close()
})
