/** Topics among the paths of `forewarn evaluate` and `train`, read into files for the while. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topicAddress, topicLines } from '../shop/topic-record.ts'

/** Calls with a path for each operand, and takes away again what was read. */
export async function withTopics<Result>(
  operands: readonly string[],
  signal: AbortSignal,
  call: (paths: readonly string[]) => Result,
): Promise<Result> {
  const addresses = operands.map(topicAddress)
  if (addresses.every((address) => address === undefined)) return call(operands)
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-topics-'))
  try {
    const paths: string[] = []
    for (const [i, operand] of operands.entries()) {
      const address = addresses[i]
      if (address === undefined) paths.push(operand)
      else {
        const own = join(folder, String(i))
        mkdirSync(own)
        const path = join(own, address.topic)
        writeFileSync(path, await topicLines(address, signal))
        paths.push(path)
      }
    }
    return call(paths)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
