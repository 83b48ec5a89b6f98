/**
 * The priority of processes on Linux.
 *
 * Where the kernel groups processes by session (sched_autogroup), the nice value of a process
 * counts only inside of its session; what counts against others is the nice value of the session's
 * group. Each of PostgreSQL's processes makes a session of its own, so it is not inherited.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** The nice value of a process' group; undefined where there are no groups. */
function groupNice(pid: number | 'self'): number | undefined {
  try {
    const nice = / nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'utf8'))?.[1]
    return nice === undefined ? undefined : Number(nice)
  } catch {
    return undefined
  }
}

/** Sets this process' priority and that of its group; throws where that is not allowed. */
export function preferSelf(nice: number): void {
  setPriority(nice)
  if (groupNice('self') !== undefined) writeFileSync('/proc/self/autogroup', String(nice))
}

/** Gives the group of a process and those of its children the nice value of this one's group. */
export function preferLikeSelf(pid: number): void {
  const nice = groupNice('self')
  if (nice === undefined || nice === 0) return
  for (const each of [pid, ...childrenOf(pid)]) {
    if (groupNice(each) === nice) continue
    try {
      writeFileSync(`/proc/${each}/autogroup`, String(nice))
    } catch {
      // It has ended, or the kernel wants a pause between two changes: the next time then.
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
