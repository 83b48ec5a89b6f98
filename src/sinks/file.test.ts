import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { alarmReport, scoreReport } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { RejectionReport, Report, WarningReport } from '../core/report.ts'
import { FileSink, fileSink, fileSinkOptions } from './file.ts'
import type { FileSinkOptions } from './file.ts'
import { SinkError } from './sink.ts'
import { sinkContract } from './sink.contract.ts'

/** One line of JSON a report: values and reasons, which is all that these tests read back. */
const encoder = {
  contentType: 'application/x-ndjson',
  encode: (reports: readonly Report[]): Uint8Array =>
    Buffer.from(
      reports
        .map((report) => JSON.stringify('value' in report ? report.value : wordOf(report)) + '\n')
        .join(''),
    ),
}

/** Why a line was refused, or what became of a warning. */
function wordOf(report: RejectionReport | WarningReport): string {
  return report.kind === 'rejection' ? report.reason : report.state
}

const patience = new AbortController().signal
const folders: string[] = []

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-file-sink-'))
  folders.push(folder)
  return folder
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

function sinkAt(path: string, options: Partial<FileSinkOptions> = {}): FileSink {
  return new FileSink(optionsWithDefaults(fileSinkOptions, { path, ...options }), encoder)
}

function values(...numbers: number[]): Report[] {
  return numbers.map((value) => scoreReport({ value }))
}

sinkContract('file', {
  open: async () => {
    const folder = await freshFolder()
    const path = join(folder, 'reports.jsonl')
    return {
      sink: sinkAt(path),
      received: async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1),
      breakOtherSide: async () => {
        await rm(path, { force: true })
        await mkdir(path)
      },
    }
  },
})

describe('the file', () => {
  test('is appended to, and its missing folders are made', async () => {
    const path = join(await freshFolder(), 'a', 'b', 'reports.jsonl')
    const first = sinkAt(path)
    await first.write(values(1, 2), patience)
    await first.close()
    const second = sinkAt(path)
    await second.write(values(3), patience)
    expect(await readFile(path, 'utf8')).toBe('1\n2\n3\n')
    expect(second.position()).toBe(6)
    await second.close()
  })

  /** A file with this text, opened and appended to, must read as wanted. */
  async function tail(before: string, want: string): Promise<void> {
    const path = join(await freshFolder(), 'reports.jsonl')
    await writeFile(path, before)
    const sink = sinkAt(path)
    await sink.open()
    await sink.write(values(7), patience)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe(want)
  }

  test('loses a torn last line at the start, and nothing else', async () => {
    await tail('1\n2\n{"value":3', '1\n2\n7\n')
    await tail('1\n2\n', '1\n2\n7\n')
    await tail('{"torn', '7\n')
    await tail('', '7\n')
    const long = 'x'.repeat(200_000)
    await tail(`1\n${long}`, '1\n7\n')
    await tail(`${long}\n${long}`, `${long}\n7\n`)
  })

  test('is made anew where another program moved it away', async () => {
    const folder = await freshFolder()
    const path = join(folder, 'reports.jsonl')
    const sink = sinkAt(path)
    await sink.write(values(1), patience)
    await rename(path, join(folder, 'moved'))
    await sink.write(values(2), patience)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe('2\n')
    expect(await readFile(join(folder, 'moved'), 'utf8')).toBe('1\n')
  })

  test('is appended to at its end where another program cut it', async () => {
    const path = join(await freshFolder(), 'reports.jsonl')
    const sink = sinkAt(path)
    await sink.write(values(1, 2, 3), patience)
    await truncate(path, 0)
    await sink.write(values(4), patience)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe('4\n')
  })

  test('can be written by its sync option too', async () => {
    const path = join(await freshFolder(), 'reports.jsonl')
    const sink = sinkAt(path, { sync: 'batch' })
    await sink.write(values(1), patience)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe('1\n')
  })
})

test('files are put aside by size, and only so many are kept', async () => {
  const folder = await freshFolder()
  const path = join(folder, 'reports.jsonl')
  const sink = sinkAt(path, { rotateBytes: 4, keptFiles: 2 })
  for (const value of [11, 12, 21, 22, 31, 32, 41]) await sink.write(values(value), patience)
  await sink.close()
  expect((await readdir(folder)).sort()).toEqual([
    'reports.jsonl',
    'reports.jsonl.1',
    'reports.jsonl.2',
  ])
  // Each line is 3 bytes, so a file is put aside by the first write after its second line. The
  // oldest file, with 11 and 12, is gone.
  expect(await readFile(path, 'utf8')).toBe('41\n')
  expect(await readFile(`${path}.1`, 'utf8')).toBe('31\n32\n')
  expect(await readFile(`${path}.2`, 'utf8')).toBe('21\n22\n')
})

test('a full disk is a retryable error and leaves nothing behind', async (context) => {
  const full = '/dev/full'
  if ((await stat(full).catch(() => undefined)) === undefined) {
    context.skip('this machine has no /dev/full')
    return
  }
  const sink = sinkAt(full)
  const refusal = await sink.write(values(1), patience).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(SinkError)
  expect((refusal as SinkError).retryable).toBe(true)
  expect((refusal as SinkError).message).toContain('cannot append to /dev/full')
  await sink.close()
})

test('a batch that fits in part leaves nothing of itself behind', async (context) => {
  if (process.platform === 'win32') {
    context.skip('there is no limit on the size of files to run into')
    return
  }
  const folder = await freshFolder()
  const path = join(folder, 'reports.jsonl')
  // 3 of 4 KiB are taken; of the next 3 KiB the system writes one and refuses the rest.
  const script = `
    import { FileSink } from ${JSON.stringify(join(import.meta.dirname, 'file.ts'))}
    const encoder = { contentType: '', encode: () => Buffer.from('x'.repeat(3071) + '\\n') }
    const options = { path: ${JSON.stringify(path)}, rotateBytes: 0, keptFiles: 1, sync: 'none' }
    const sink = new FileSink(options, encoder)
    const signal = new AbortController().signal
    await sink.write([{}], signal)
    const error = await sink.write([{}], signal).catch((error) => error)
    process.stdout.write(error.code + ' ' + error.retryable + ' ' + error.cause?.code)`
  const limited = `trap '' XFSZ; ulimit -f 4; exec "$0" --input-type=module --eval "$1"`
  const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, script])
  expect(stdout).toBe('ERR_SINK_WRITE true EFBIG')
  expect((await stat(path)).size).toBe(3072)
})

test('after the folder is back, the next attempt succeeds', async () => {
  const folder = await freshFolder()
  const path = join(folder, 'reports.jsonl')
  const sink = sinkAt(path)
  await sink.write(values(1), patience)
  await rm(path)
  await mkdir(path)
  await expect(sink.write(values(2), patience)).rejects.toBeInstanceOf(SinkError)
  await rm(path, { recursive: true })
  await sink.write(values(2), patience)
  await sink.close()
  expect(await readFile(path, 'utf8')).toBe('2\n')
})

describe('the row', () => {
  const surroundings = { name: 'file', clock: new VirtualClock(), encoder }

  test('opens the file, so that a wrong path is known at the start', async () => {
    const folder = await freshFolder()
    await appendFile(join(folder, 'plain'), 'x')
    const path = join(folder, 'plain', 'reports.jsonl')
    const options = optionsWithDefaults(fileSinkOptions, { path })
    await expect(fileSink.create(options, surroundings)).rejects.toMatchObject({
      code: 'ERR_SINK_WRITE',
      message: `sink file: cannot open ${path}`,
    })
  })

  test('accepts everything by default, and alarms in any case', async () => {
    const path = join(await freshFolder(), 'reports.jsonl')
    const accepts = async (options: Partial<FileSinkOptions>): Promise<string[]> => {
      const all = optionsWithDefaults(fileSinkOptions, { path, ...options })
      const sink = await fileSink.create(all, surroundings)
      await sink.close()
      return [...sink.accepts].sort()
    }
    expect(await accepts({})).toEqual(['alarm', 'forecast', 'rejection', 'score', 'warning'])
    const none = { scores: false, rejections: false, forecasts: false, warnings: false }
    expect(await accepts(none)).toEqual(['alarm'])
  })

  test('writes by the encoder that its format names', async () => {
    const path = join(await freshFolder(), 'reports.jsonl')
    const options = optionsWithDefaults(fileSinkOptions, { path })
    expect(fileSink.encoderName?.(options)).toBe('json-lines')
    const sink = await fileSink.create(options, surroundings)
    await sink.write([alarmReport('firing')], patience)
    await sink.close()
    expect(await readFile(path, 'utf8')).toBe('412\n')
  })
})
