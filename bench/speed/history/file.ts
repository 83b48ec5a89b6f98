/** What a kept history takes on disk once everything open in it is in blocks. */

import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeBlock, emptyBlock } from '../../../src/history/block.ts'
import { HistoryDatabase } from '../../../src/history/database.ts'
import { Keeper } from '../../../src/history/keeper.ts'
import { blocksOf } from '../../../src/history/page.ts'

/** Seals a history and takes out what is free in its file; the length of the file. */
export function sealedBytes(path: string): number {
  const keeping = { retentionMs: Infinity, diskBytes: Infinity, memoryBytes: 2 ** 30 }
  const keeper = new Keeper(path, 'process', keeping)
  keeper.seal(0)
  keeper.close()
  const database = new DatabaseSync(path)
  database.exec('VACUUM')
  database.close()
  return statSync(path).size
}

/** Samples and series of a copy of a kept history, and its bytes a sample, sealed. */
export function fileCost(file: string): { samples: number; series: number; bytes: number } {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-bench-'))
  try {
    const path = join(folder, 'history.db')
    for (const name of readdirSync(dirname(file))) {
      const end = name.startsWith(basename(file)) ? name.slice(basename(file).length) : undefined
      if (end !== undefined && end !== '-shm') copyFileSync(file + end, path + end)
    }
    const bytes = sealedBytes(path)
    const sql = new DatabaseSync(path)
    const rows = sql.prepare('SELECT number FROM series').all()
    sql.close()
    const database = new HistoryDatabase(path)
    const block = emptyBlock()
    let samples = 0
    for (const row of rows) {
      const number = Number(row['number'])
      for (const page of database.pagesOf(number, -Infinity, Infinity)) {
        for (const each of blocksOf(number, page)) {
          decodeBlock(each, block)
          samples += block.count
        }
      }
    }
    database.close()
    return { samples, series: rows.length, bytes: bytes / samples }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
