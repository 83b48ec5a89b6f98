/**
 * Owners packed into one buffer, so that they move between threads without being copied one by one.
 *
 *   keyBytes: u32 │ key: UTF-8 │ stateBytes: u32 │ state │ … next owner
 */

import type { SavedOwner } from './ledger.ts'

/** All owners in one buffer of exactly their size. */
export function packed(owners: readonly SavedOwner[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder()
  const keys = owners.map(({ ownerKey }) => text.encode(ownerKey))
  let bytes = 0
  owners.forEach(({ sealed }, i) => (bytes += 8 + (keys[i] as Uint8Array).length + sealed.length))
  const whole = new Uint8Array(bytes)
  const view = new DataView(whole.buffer)
  let at = 0
  const put = (part: Uint8Array): void => {
    view.setUint32(at, part.length, true)
    whole.set(part, at + 4)
    at += 4 + part.length
  }
  owners.forEach(({ sealed }, i) => {
    put(keys[i] as Uint8Array)
    put(sealed)
  })
  return whole
}

/** The owners of a packed buffer; their states are views on it. */
export function* unpacked(whole: Uint8Array): IterableIterator<SavedOwner> {
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength)
  let at = 0
  const take = (): Uint8Array => {
    const length = view.getUint32(at, true)
    at += 4 + length
    return whole.subarray(at - length, at)
  }
  const text = new TextDecoder()
  while (at < whole.length) yield { ownerKey: text.decode(take()), sealed: take() }
}
