/** What a machine and its people do to the built daemons: full disks, odd paths, signals, readers that go away. */
import { spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { MAIN, type Running, runQbg, startQbg } from '../support/cli.ts'
import { ip, removeLinks, run, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces')

let directory: string
let running: Running[]

function station(...options: string[]): Running {
  const one = startQbg(['station', 'sta0', '--control', socket(), ...options])
  running.push(one)
  return one
}

function startBridge(): Running {
  const one = startQbg(['bridge', 'swp0', '--control', join(directory, 'bridge.sock')])
  running.push(one)
  return one
}

function post(path: string, body: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: socket(), method: 'POST', path }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    asking.on('error', reject).end(body)
  })
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

describe('an interface', () => {
  const bridgeTest = requires('namespaces', 'bridge')
  const problems = async () => {
    const [port] = (await client().status()).ports
    return { link: port?.link, codes: port?.problems.map(({ code }) => code) }
  }

  bridgeTest('that is a bridge is no port, and its ports are named', async () => {
    ip('link add br0 type bridge')
    ip('link set swp0 master br0')
    for (const role of ['station', 'bridge']) {
      const { status, stderr } = await startQbg([role, 'br0', '--control', socket()]).ended
      expect([status, stderr]).toEqual([
        5,
        expect.stringMatching(/br0 is a bridge: name its ports\n.*its ports: swp0/),
      ])
    }
    removeLinks('br0')
  })

  test('without carrier, set down, and gone are told apart', async () => {
    await station().says(READY)
    ip('link set swp0 down')
    await until('no carrier', async () => (await problems()).codes?.includes('no-carrier') === true)
    ip('link set sta0 down')
    await until('down', async () => (await problems()).codes?.includes('link-down') === true)
    ip('link set sta0 name other0')
    await until('gone', async () => (await problems()).codes?.includes('interface-gone') === true)
    expect((await problems()).link).toEqual({ up: false, mac: null })
    removeLinks('other0')
  })

  test('with a small MTU: what does not fit is refused, what is in force stays', async () => {
    ip('link set sta0 mtu 500')
    await Promise.all([station().says(READY), startBridge().says(/^qbg bridge/)])
    const id = '6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f0001'
    const ask = async (filter: string[]) =>
      (await client().request({ requests: [{ mode: 'associate', id, typeId: 5, filter }], wait: 20 }))
        .answers[0]
    expect(await ask(['100'])).toMatchObject({ ok: true })
    expect(await ask(Array.from({ length: 240 }, (_, index) => String(index + 1)))).toMatchObject({
      ok: false,
      reason: { code: 'mtu-too-small' },
    })
    expect((await client().vsi(id)).vsi).toMatchObject({ state: 'associated', filter: ['100'] })
  })
})

test('a request nested beyond all reason is a bad one, not a fault of qbg', async () => {
  await station().says(READY)
  const body = `{"requests": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  const { status, text } = await post('/v1/vsis', body)
  expect([status, JSON.parse(text).error.code]).toEqual([400, 'bad-request'])
})

test('a VSI named twice, and differently, is wrong usage', async () => {
  await station().says(READY)
  const two = ['mac:52:54:00:00:00:01', '--id', 'mac:52:54:00:00:00:02']
  for (const verb of ['deassociate', 'show']) {
    const { status, stderr } = await runQbg(['vsi', verb, ...two, '--control', socket()])
    expect([status, stderr]).toEqual([2, expect.stringContaining('two VSIs are named')])
  }
})

test('clients that connect and ask nothing lock nobody out', async () => {
  await station().says(READY)
  const idle = Array.from({ length: 300 }, () => connect(socket()).on('error', () => {}))
  await Promise.all(idle.map((one) => new Promise((resolve) => one.once('connect', resolve))))
  expect((await client().status()).role).toBe('station')
  for (const one of idle) one.destroy()
})
