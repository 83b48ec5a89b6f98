/**
 * The speed bench: runs the programs of bench/speed one after the other, each in a process of its
 * own, so that one does not warm up or fill the heap of the next.
 *
 * A program writes its tables to stdout, or with `--json` one JSON value. It tells its progress on
 * stderr, which is passed on.
 */

import { spawn } from 'node:child_process'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { namesIn } from '../evaluation/corpus-folder.ts'
import type { CommandIo } from './command.ts'
import { exitCodes } from './command.ts'

const ownFolder = fileURLToPath(new URL('../../bench/speed', import.meta.url))

/** Which programs to run, and how their output is wanted. */
export interface SpeedBench {
  readonly format: 'tables' | 'json'
  /** Folder of the programs. */
  readonly folder?: string
}

/** Runs all programs; JSON is one object with the value of each under its name. */
export async function speedBench(
  { format, folder = ownFolder }: SpeedBench,
  io: CommandIo,
): Promise<number> {
  const programs = namesIn(folder, '.ts').filter((name) => !/\.(test|bench)\.ts$/.test(name))
  if (programs.length === 0) {
    io.stderr.write(`cannot measure speed: no programs in "${folder}"; run it in a checkout\n`)
    return exitCodes.failure
  }
  const values: Record<string, unknown> = {}
  for (const program of programs) {
    const { code, output } = await outputOf(join(folder, program), format, io)
    if (code !== 0) {
      io.stderr.write(`cannot measure speed: ${program} ended with exit code ${code}\n`)
      return exitCodes.failure
    }
    if (format === 'json') values[basename(program, '.ts')] = JSON.parse(output)
    else io.stdout.write(output.endsWith('\n') ? output : output + '\n')
  }
  if (format === 'json') io.stdout.write(JSON.stringify(values) + '\n')
  return exitCodes.ok
}

/** What a program wrote to stdout. A program ended by a signal has the code null. */
function outputOf(
  path: string,
  format: 'tables' | 'json',
  io: CommandIo,
): Promise<{ code: number | null; output: string }> {
  const args = format === 'json' ? [path, '--json'] : [path]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = (): void => void child.kill('SIGTERM')
  io.signal.addEventListener('abort', stop, { once: true })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.on('data', (text: Buffer) => io.stderr.write(text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      io.signal.removeEventListener('abort', stop)
      resolve({ code, output })
    })
  })
}
