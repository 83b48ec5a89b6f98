/**
 * The machine as far as the host source asks it: files, file systems, and what Node.js knows of any
 * system. An interface, so that a test can bring recorded texts of other machines.
 */

import { readFile, statfs } from 'node:fs/promises'
import * as os from 'node:os'
import { parse } from 'node:path'

/** Space of a file system, in blocks and files as statfs counts them. */
export interface FileSystemSpace {
  readonly blockBytes: number
  readonly blocks: number
  readonly blocksFree: number
  /** What an unprivileged user may still take. */
  readonly blocksAvailable: number
  readonly files: number
  readonly filesFree: number
}

export interface Machine {
  /** As Node.js names it: linux, darwin, win32, … */
  readonly platform: string
  readonly hostname: string
  /** The root of the file system that the program runs on. */
  readonly rootPath: string
  /** Whole text of a file, such as those of /proc. */
  readText(path: string): Promise<string>
  spaceOf(path: string): Promise<FileSystemSpace>
  /** Milliseconds of all processors since the start, by kind. */
  cpuTimes(): { user: number; nice: number; sys: number; idle: number; irq: number }
  memory(): { totalBytes: number; freeBytes: number }
  /** Over 1, 5 and 15 minutes; all 0 where the system has no such thing. */
  loadAverages(): readonly number[]
}

/** The machine that the program runs on. */
export const thisMachine: Machine = {
  platform: process.platform,
  hostname: os.hostname(),
  rootPath: parse(process.cwd()).root,
  readText: (path) => readFile(path, 'utf8'),
  async spaceOf(path) {
    const space = await statfs(path)
    return {
      blockBytes: space.bsize,
      blocks: space.blocks,
      blocksFree: space.bfree,
      blocksAvailable: space.bavail,
      files: space.files,
      filesFree: space.ffree,
    }
  },
  cpuTimes() {
    const sum = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 }
    for (const { times } of os.cpus()) {
      sum.user += times.user
      sum.nice += times.nice
      sum.sys += times.sys
      sum.idle += times.idle
      sum.irq += times.irq
    }
    return sum
  },
  memory: () => ({ totalBytes: os.totalmem(), freeBytes: os.freemem() }),
  loadAverages: () => os.loadavg(),
}
