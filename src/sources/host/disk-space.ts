/**
 * Which file systems there are, and how full they are.
 *
 * /proc/self/mounts has one line a mount, with spaces, tabs, line ends and backslashes in octal:
 *
 *   /dev/sda1 /mnt/my\040disk ext4 rw,relatime 0 0
 *
 * One device may be mounted at many places (bind mounts; containers do it all the time); the
 * shortest path stands for it. The percentage is df's: of what an unprivileged user could have.
 */

import type { FileSystemSpace } from './machine.ts'
import type { Measurement } from './measurement.ts'

export interface Mount {
  readonly device: string
  readonly path: string
  readonly type: string
  readonly mode: 'ro' | 'rw'
}

/** Mounts worth looking at, one for each device, in the order of the text. */
export function mountsOf(mounts: string, skipped: (mount: Mount) => boolean): Mount[] {
  const byDevice = new Map<string, Mount>()
  for (const line of mounts.split('\n')) {
    const [device, path, type, options] = line.split(' ').map(unescaped)
    if (device === undefined || path === undefined || type === undefined) continue
    const mode = (options ?? '').split(',').includes('ro') ? 'ro' : 'rw'
    const mount: Mount = { device: device.replace(/^\/dev\//, ''), path, type, mode }
    if (skipped(mount)) continue
    const known = byDevice.get(device)
    if (known === undefined || path.length < known.path.length) byDevice.set(device, mount)
  }
  return [...byDevice.values()]
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => {
    return String.fromCharCode(Number.parseInt(octal, 8))
  })
}

/** The measurement `disk`, or undefined for a file system without blocks. */
export function diskSpace(mount: Mount, space: FileSystemSpace): Measurement | undefined {
  if (space.blocks <= 0) return undefined
  const used = space.blocks - space.blocksFree
  const reachable = used + space.blocksAvailable
  const fields: (readonly [string, number])[] = [
    ['used', used * space.blockBytes],
    ['free', space.blocksAvailable * space.blockBytes],
    ['used_percent', reachable === 0 ? 0 : (100 * used) / reachable],
  ]
  if (space.files > 0) {
    const inodesUsed = space.files - space.filesFree
    fields.push(['inodes_used_percent', (100 * inodesUsed) / space.files])
  }
  const tags = [
    ['device', mount.device],
    ['fstype', mount.type],
    ['mode', mount.mode],
    ['path', mount.path],
  ] as const
  return { name: 'disk', tags: tags.filter(([, value]) => value !== ''), fields }
}
