import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { HostSource, hostOptions } from './host.ts'
import type { HostOptions } from './host.ts'
import { thisMachine } from './host/machine.ts'
import type { FileSystemSpace, Machine } from './host/machine.ts'
import {
  TestSurroundings,
  firstBatches,
  iterated,
  nextBatch,
  sourceContract,
  textOf,
} from './source.contract.ts'

/** Two looks at a machine with two processors, a second apart. */
const statTexts = [
  `cpu  1000 100 500 8000 200 10 20 30 40 5
cpu0 500 50 250 4000 100 5 10 15 20 2
cpu1 500 50 250 4000 100 5 10 15 20 3
intr 12345 0 0
ctxt 99999
btime 1700000000
procs_running 2
`,
  `cpu  1060 110 520 8080 198 11 22 34 50 7
cpu0 530 55 260 4040 99 5 11 17 25 3
cpu1 530 55 260 4040 99 6 11 17 25 4
intr 12999 0 0
`,
]

const meminfo = `MemTotal:        8000000 kB
MemFree:         1000000 kB
MemAvailable:    6000000 kB
Buffers:          200000 kB
Cached:          3000000 kB
SwapCached:            0 kB
SwapTotal:       2000000 kB
SwapFree:        1500000 kB
HugePages_Total:       0
`

const diskstats = `   7       0 loop0 1 0 2 0 0 0 0 0 0 0 0
   8       0 sda 57312 9142 3938314 35496 10696 22954 2612536 6969 0 11172 43041 4430 21 427696 522
   8       1 sda1 57000 9142 3938000 35000 10600 22954 2612000 6900 0 11000 43000
 259       0 nvme0n1 10 0 80 1 20 0 160 2 0 3 4 0 0 0 0 0 0
 259       1 nvme0n1p1 9 0 72 1 20 0 160 2 0 3 4 0 0 0 0 0 0
 253       0 dm-0 5 0 40 1 6 0 48 2 0 3 4 0 0 0 0 0 0
 252       0 zram0 5 0 40 1 6 0 48 2 0 3 4 0 0 0 0 0 0
`

const netDev = [
  'Inter-|   Receive                            |  Transmit',
  ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo …',
  '    lo:    3193      29 0 0 0 0 0 0     3193      29    0    0    0     0       0          0',
  '  eth0: 497516016   12266 1 2 0 0 0 0   807987  7067    3    4    0     0       0          0',
  'vethab1: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0',
  'wlp3s0:18446744073709551615 1 0 0 0 0 0 0 9 8 0 0 0 0 0 0',
  '',
].join('\n')

const mounts = `proc /proc proc rw,nosuid 0 0
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
/dev/sdb1 /mnt/my\\040disk xfs ro,relatime 0 0
/dev/sda1 /var/lib/thing/bind/mount ext4 rw,relatime 0 0
/dev/loop3 /snap/core/1 squashfs ro 0 0
nas:/export /data nfs4 rw 0 0
/dev/sdc1 /var/lib/docker/overlay2/x ext4 rw 0 0
/dev/sdd1 /gone ext4 rw 0 0
`

const spaces: Readonly<Record<string, FileSystemSpace>> = {
  '/': space(1000, 400, 300),
  '/mnt/my disk': { ...space(100, 0, 0), files: 0, filesFree: 0 },
}

function space(blocks: number, blocksFree: number, blocksAvailable: number): FileSystemSpace {
  return { blockBytes: 4096, blocks, blocksFree, blocksAvailable, files: 1000, filesFree: 750 }
}

/** A machine of recorded texts; each look at a file gives its next text. */
function recorded(texts: Readonly<Record<string, readonly string[]>> = {}): Machine {
  const all: Readonly<Record<string, readonly string[]>> = {
    '/proc/stat': statTexts,
    '/proc/meminfo': [meminfo],
    '/proc/loadavg': ['0.18 0.10 0.05 1/99 8315\n'],
    '/proc/self/mounts': [mounts],
    '/proc/diskstats': [diskstats],
    '/proc/net/dev': [netDev],
    ...texts,
  }
  const looks = new Map<string, number>()
  return {
    platform: 'linux',
    hostname: 'recorded host',
    rootPath: '/',
    async readText(path) {
      const look = looks.get(path) ?? 0
      looks.set(path, look + 1)
      const list = all[path] ?? []
      const text = list[look % list.length]
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' })
      return text
    },
    async spaceOf(path) {
      const found = spaces[path]
      if (found === undefined) throw Object.assign(new Error(path), { code: 'EIO' })
      return found
    },
    cpuTimes: () => ({ user: 1, nice: 0, sys: 1, idle: 2, irq: 0 }),
    memory: () => ({ totalBytes: 1000, freeBytes: 250 }),
    loadAverages: () => [0.5, 0.25, 0.125],
  }
}

/** Lines of one measurement in the looks of a machine, without host and timestamp. */
async function lines(
  given: Partial<HostOptions>,
  machine: Machine = recorded(),
  looks = 1,
): Promise<string[]> {
  const surroundings = new TestSurroundings()
  const options = optionsWithDefaults(hostOptions, { host: 'h', ...given })
  const source = new HostSource(options, surroundings, machine)
  const text = textOf(await firstBatches(source, surroundings.clock, looks))
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(',host=h', '').replace(/ \d+$/, ''))
}

sourceContract('host', {
  batches: 4,
  make: (surroundings) => {
    return new HostSource(optionsWithDefaults(hostOptions), surroundings, recorded())
  },
})

describe('processor time', () => {
  test('is the share since the look before, guests taken out of user and nice', async () => {
    // Differences of the total: user 60, nice 10, system 20, idle 80, iowait -2 → 0, irq 1,
    // softirq 2, steal 4; together 177; guest 10, guest_nice 2.
    const share = (ticks: number): number => (100 * ticks) / 177
    expect(await lines({ measurements: ['cpu'] }, recorded(), 1)).toEqual([
      'cpu,cpu=cpu-total ' +
        [
          `usage_user=${share(50)}`,
          `usage_nice=${share(8)}`,
          `usage_system=${share(20)}`,
          `usage_idle=${share(80)}`,
          'usage_iowait=0',
          `usage_irq=${share(1)}`,
          `usage_softirq=${share(2)}`,
          `usage_steal=${share(4)}`,
          `usage_guest=${share(10)}`,
          `usage_guest_nice=${share(2)}`,
        ].join(','),
    ])
  })

  test('adds up to 100', async () => {
    const [line] = await lines({ measurements: ['cpu'] })
    const shares = [...(line ?? '').matchAll(/=([\d.]+)(?=,|$)/g)].map((match) => Number(match[1]))
    expect(shares).toHaveLength(10)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 10)
  })

  test('can be had of each processor', async () => {
    const heads = (await lines({ measurements: ['cpu'], perCpu: true })).map((line) => {
      return line.split(' ')[0]
    })
    expect(heads).toEqual(['cpu,cpu=cpu-total', 'cpu,cpu=cpu0', 'cpu,cpu=cpu1'])
  })

  test('is left out where no time has passed', async () => {
    const same = recorded({ '/proc/stat': [statTexts[0] as string] })
    const seen = await lines({ measurements: ['cpu', 'system'] }, same, 2)
    expect(seen.filter((line) => line.startsWith('cpu'))).toEqual([])
  })
})

describe('memory', () => {
  test('is used where it is not available; swap has its own measurement', async () => {
    expect(await lines({ measurements: ['mem'] })).toEqual([
      `mem used=${2_000_000 * 1024},used_percent=25,available=${6_000_000 * 1024},` +
        `available_percent=75,free=${1_000_000 * 1024},buffered=${200_000 * 1024},` +
        `cached=${3_000_000 * 1024}`,
      `swap used=${500_000 * 1024},used_percent=25`,
    ])
  })

  test('counts free, buffers and cached as available on kernels that do not say', async () => {
    const old = 'MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 350 kB\n'
    const [line] = await lines({ measurements: ['mem'] }, recorded({ '/proc/meminfo': [old] }))
    expect(line).toContain('used_percent=50,')
  })
})

test('load is that of 1, 5 and 15 minutes', async () => {
  expect(await lines({ measurements: ['system'] })).toEqual([
    'system load1=0.18,load5=0.1,load15=0.05',
  ])
})

describe('disk traffic', () => {
  test('is that of whole disks in bytes; loop, ram and partitions are left out', async () => {
    expect(await lines({ measurements: ['diskio'] })).toEqual([
      `diskio,name=sda reads=57312,writes=10696,read_bytes=${3938314 * 512},` +
        `write_bytes=${2612536 * 512},io_time=11172`,
      'diskio,name=nvme0n1 reads=10,writes=20,read_bytes=40960,write_bytes=81920,io_time=3',
      'diskio,name=dm-0 reads=5,writes=6,read_bytes=20480,write_bytes=24576,io_time=3',
    ])
  })

  test('leaves out what it is told to', async () => {
    const seen = await lines({ measurements: ['diskio'], skipDevices: ['*0*', 'sd?1'] })
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['diskio,name=sda'])
  })
})

test('network traffic is that of real interfaces', async () => {
  expect(await lines({ measurements: ['net'] })).toEqual([
    'net,interface=eth0 bytes_recv=497516016,packets_recv=12266,err_in=1,drop_in=2,' +
      'bytes_sent=807987,packets_sent=7067,err_out=3,drop_out=4',
    'net,interface=wlp3s0 bytes_recv=18446744073709552000,packets_recv=1,err_in=0,drop_in=0,' +
      'bytes_sent=9,packets_sent=8,err_out=0,drop_out=0',
  ])
})

describe('disk space', () => {
  test('is that of real file systems, each device once, by df’s rule', async () => {
    // Used 600 of 1000 blocks; 300 available to users: 600 / 900.
    expect(await lines({ measurements: ['disk'] })).toEqual([
      `disk,device=sda1,fstype=ext4,mode=rw,path=/ used=${600 * 4096},free=${300 * 4096},` +
        `used_percent=${60_000 / 900},inodes_used_percent=25`,
      `disk,device=sdb1,fstype=xfs,mode=ro,path=/mnt/my\\ disk used=${100 * 4096},free=0,` +
        'used_percent=100',
    ])
  })

  test('always has the root, whatever its type', async () => {
    const container = recorded({ '/proc/self/mounts': ['overlay / overlay rw 0 0\n'] })
    const [line] = await lines({ measurements: ['disk'] }, container)
    expect(line).toContain('disk,device=overlay,fstype=overlay,mode=rw,path=/ used=')
  })
})

describe('what cannot be read', () => {
  test('is left out where the system has no such file', async () => {
    const seen = await lines(
      { measurements: ['diskio', 'system'] },
      recorded({ '/proc/diskstats': [] }),
      3,
    )
    expect(seen).toHaveLength(3)
    expect(seen.every((line) => line.startsWith('system '))).toBe(true)
  })

  test('is an error where nothing at all is left', async () => {
    const nothing = lines({ measurements: ['diskio'] }, recorded({ '/proc/diskstats': [] }))
    await expect(nothing).rejects.toMatchObject({ code: 'ERR_SOURCE_READ' })
  })

  test('is an error where a file breaks in another way', async () => {
    const cause = Object.assign(new Error('i/o'), { code: 'EIO' })
    const broken = { ...recorded(), readText: () => Promise.reject(cause) }
    await expect(lines({}, broken)).rejects.toMatchObject({ code: 'ERR_SOURCE_READ', cause })
  })

  test('is a fault of the configuration where no machine has it', () => {
    const options = optionsWithDefaults(hostOptions, { measurements: ['cpu', 'gpu'] })
    expect(() => new HostSource(options, new TestSurroundings())).toThrow(
      'the host source has no measurement gpu; it has cpu, mem, system, disk, diskio, net',
    )
  })
})

test('another system gives what Node.js knows of it', async () => {
  let looks = 0
  const mac: Machine = {
    ...recorded(),
    platform: 'darwin',
    cpuTimes() {
      looks++
      return { user: 100 * looks, nice: 0, sys: 50 * looks, idle: 350 * looks, irq: 0 }
    },
  }
  const seen = await lines({}, mac, 2)
  expect(seen).toEqual([
    'mem used=750,used_percent=75,available=250,available_percent=25',
    'system load1=0.5,load5=0.25,load15=0.125',
    `disk,mode=rw,path=/ used=${600 * 4096},free=${300 * 4096},` +
      `used_percent=${60_000 / 900},inodes_used_percent=25`,
    expect.stringMatching(
      /^cpu,cpu=cpu-total usage_user=20,usage_nice=0,usage_system=10,usage_idle=70,/,
    ),
    'mem used=750,used_percent=75,available=250,available_percent=25',
    'system load1=0.5,load5=0.25,load15=0.125',
    expect.stringMatching(/^disk,mode=rw,path=\/ used=/),
  ])
  const windows = await lines({}, { ...mac, platform: 'win32' }, 2)
  expect(windows.filter((line) => line.startsWith('system'))).toEqual([])
})

test('the label host is the machine’s name unless it is set, and is escaped', async () => {
  const surroundings = new TestSurroundings()
  const options = optionsWithDefaults(hostOptions, { measurements: ['system'] })
  const source = new HostSource(options, surroundings, recorded())
  expect(textOf(await firstBatches(source, surroundings.clock, 1))).toBe(
    'system,host=recorded\\ host load1=0.18,load5=0.1,load15=0.05 1700000000000000000\n',
  )
})

test.runIf(process.platform === 'linux')(
  'the machine that the tests run on can be read',
  async () => {
    const surroundings = new TestSurroundings()
    const source = new HostSource(optionsWithDefaults(hostOptions), surroundings, thisMachine)
    const batches = iterated(source)
    const names = new Set<string>()
    // Processor time counts in hundredths of a second, so many looks see none pass.
    for (let look = 0; look < 10_000 && !names.has('cpu'); look++) {
      const batch = await nextBatch(batches, surroundings.clock)
      const text = textOf(batch === undefined ? [] : [batch])
      for (const line of text.split('\n')) names.add(line.split(',')[0] ?? '')
    }
    await batches.return?.()
    expect([...names]).toEqual(expect.arrayContaining(['cpu', 'mem', 'system']))
  },
)
