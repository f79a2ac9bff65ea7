/** What a machine and its people do to the built daemons: full disks, odd paths, signals, readers that go away. */
import { spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { MAIN, type Running, runQbg, startQbg } from '../support/cli.ts'
import { removeLinks, run, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces')

let directory: string
let running: Running[]

function station(...options: string[]): Running {
  const one = startQbg(['station', 'sta0', '--control', socket(), ...options])
  running.push(one)
  return one
}

const socket = () => join(directory, 'station.sock')
const client = () => new ControlClient(socket())
const READY = /^qbg station on sta0/

async function until(what: string, enough: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await enough())) {
    if (performance.now() > end) throw new Error(`not within 10 s: ${what}`)
    await delay(10)
  }
}

/** Through a shell, for what it does with the command's output. */
function shell(line: string): Promise<{ status: number | null; stderr: string }> {
  const child = spawn('bash', ['-c', `qbg() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (part) => {
    stderr += part
  })
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stderr })))
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  running = []
  veth('sta0', 'swp0')
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    await ended
  }
  removeLinks('sta0')
  rmSync(directory, { recursive: true })
})

describe('a log that cannot be written', () => {
  test('does not end the daemon, and is said by its status', async () => {
    const { child, says, ended } = station('--log-file', '/dev/full')
    await says(READY)
    expect((await client().status()).log).toMatchObject({
      file: '/dev/full',
      lost: expect.any(Number),
      problem: expect.stringContaining('ENOSPC'),
    })
    const { stdout } = await runQbg(['status', '--control', socket()])
    expect(stdout).toMatch(/! the log cannot be written, \d+ lines? lost: \/dev\/full: ENOSPC/)
    child.kill('SIGTERM')
    expect((await ended).status).toBe(0)
  })

  test('a FIFO without a reader is refused at once', async () => {
    run('mkfifo', join(directory, 'fifo'))
    const { status, stderr } = await station('--log-file', join(directory, 'fifo')).ended
    expect([status, stderr]).toEqual([5, expect.stringContaining('ENXIO')])
  })
})

test('SIGUSR1 opens the log file again, and no debugger', async () => {
  const file = join(directory, 'qbg.log')
  const { child, says, ended } = station('--log-file', file)
  await says(READY)
  renameSync(file, `${file}.1`)
  child.kill('SIGUSR1')
  await until('a new log file', () => existsSync(file))
  child.kill('SIGTERM')
  const { status, stderr } = await ended
  expect([status, stderr]).toEqual([0, ''])
})

describe('qbg vsi watch and qbg event watch', () => {
  for (const what of ['vsi', 'event']) {
    for (const [signal, words] of [
      ['SIGTERM', 'the daemon has left'],
      ['SIGKILL', 'the daemon went away'],
    ] as const) {
      test(`qbg ${what} watch ends with 4 and says why when the daemon ends by ${signal}`, async () => {
        const { child, says, ended } = station()
        await says(READY)
        const watch = startQbg([what, 'watch', '--json', '--control', socket()])
        running.push(watch)
        await watch.says(/subscribed/)
        child.kill(signal)
        await ended
        const { status, stdout, stderr } = await watch.ended
        expect(status).toBe(4)
        expect(stderr).toBe('')
        expect(stdout).toContain(words)
      })
    }
  }
})

describe('paths that cannot be', () => {
  test('a control socket where no directory can be made is an error', async () => {
    const { status, stderr } = await startQbg(['station', 'sta0', '--control', '/proc/qbg/c.sock']).ended
    expect([status, stderr]).toEqual([5, expect.stringContaining('ENOENT')])
  })

  test('a state file where no directory can be made is said by the status', async () => {
    await station('--state', '/proc/qbg/state.json').says(READY)
    expect((await client().status()).state?.problem).toContain('ENOENT')
  })

  test('a state file that is a FIFO or a device is refused, and stays what it is', async () => {
    const fifo = join(directory, 'fifo')
    const device = join(directory, 'null')
    run('mkfifo', fifo)
    run('ln', '-s', '/dev/null', device)
    for (const path of [fifo, device]) {
      const { status, stderr } = await station('--state', path).ended
      expect([status, stderr]).toEqual([5, expect.stringContaining('it is not a file')])
    }
    expect(lstatSync(fifo).isFIFO()).toBe(true)
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })
})

describe('standard output', () => {
  test('that cannot be written is said, without a trace', async () => {
    await station().says(READY)
    const control = `--control ${socket()}`
    const lines = [`qbg status ${control}`, `qbg vsi list ${control}`, 'qbg completion bash', 'qbg --help']
    for (const line of lines) {
      const { status, stderr } = await shell(`${line} > /dev/full`)
      expect([line, status, stderr]).toEqual([
        line,
        1,
        'qbg: standard output cannot be written: ENOSPC: no space left on device, write\n',
      ])
    }
  })

  test('whose reader went away is nothing to talk about', async () => {
    const { stderr } = await shell('qbg lab | head -3')
    expect(stderr).toBe('')
    expect(await shell('qbg lab > /dev/full')).toEqual({
      status: 1,
      stderr: 'qbg: standard output cannot be written: ENOSPC: no space left on device, write\n',
    })
  })

  test('does not end a daemon', async () => {
    const log = join(directory, 'log')
    void shell(
      `exec "${process.execPath}" "${MAIN}" station sta0 --no-state --control ${socket()} --log-file ${log} > /dev/full`,
    )
    await until('a word about it', () => existsSync(log) && readFileSync(log, 'utf8').includes('ENOSPC'))
    expect((await client().status()).role).toBe('station')
    process.kill((await client().status()).pid, 'SIGTERM')
    await until('its end', () => !existsSync(socket()))
  })
})
