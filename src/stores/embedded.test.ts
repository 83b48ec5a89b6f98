import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { EmbeddedStore, putAside } from './embedded.ts'
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
  await expect(damaged.load()).rejects.toMatchObject({ code: 'ERR_STORE_READ' })
  await damaged.close()
  putAside(path, 1234)
  expect(readdirSync(join(path, '..'))).toContain('state.db.damaged-1234')
  const fresh = new EmbeddedStore(path, 'process')
  expect((await fresh.load()).owners).toEqual([])
  await fresh.close()
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
