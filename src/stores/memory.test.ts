import { MemoryStore } from './memory.ts'
import { storeContract } from './store.contract.ts'

storeContract('memory', () => {
  const store = new MemoryStore()
  return Promise.resolve({ store, reopen: () => Promise.resolve(store) })
})
