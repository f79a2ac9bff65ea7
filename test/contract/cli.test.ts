/** The built command against daemons in memory: what it prints, where, and what it ends with. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventListAnswer } from '../../src/control/schema/event.ts'
import { statusAnswer } from '../../src/control/schema/status.ts'
import { requestAnswers, vsiAnswer, vsiListAnswer } from '../../src/control/schema/vsi.ts'
import { runQbg, startQbg } from '../support/cli.ts'
import { type Pair, startPair } from '../support/daemons.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
const MAC = '52:54:00:11:22:33'
const VSI = ['--type', '5:1', '--id', A, '--filter', MAC]

let pair: Pair
const qbg = (...argv: string[]) => pair.during(runQbg(argv, { QBG_CONTROL: pair.station.path }))

beforeAll(async () => {
  pair = await startPair({ bridge: { policy: { types: [{ typeId: 5 }] } } })
})
afterAll(() => pair.close())

describe('a VSI from the command line', () => {
  test('associate, list, show, deassociate: yes is status 0', async () => {
    const asked = await qbg('vsi', 'associate', ...VSI)
    expect(asked).toEqual({ status: 0, stdout: `sta0  ${A}  associated  ${MAC}/1\n`, stderr: '' })
    expect((await qbg('vsi', 'list')).stdout).toMatch(
      new RegExp(
        `^PORT +VSI +STATE +OWNER +TYPE +FILTER +REASON\nsta0 +${A} +associated +cli +5:1 +${MAC}/1\n$`,
      ),
    )
    expect((await qbg('vsi', 'show', A)).stdout).toMatch(/^state +associated {2}\(WAIT_SYSTEM_CMD\)$/m)
    expect(await qbg('vsi', 'deassociate', A)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('de-associated'),
    })
    const { stdout } = await qbg('vsi', 'show', '--id', A)
    expect(stdout).toMatch(/^state +ended$/m)
    expect(stdout).toMatch(/^reason +the station de-associated the VSI$/m)
  })

  test('preassociate, with and without reservation', async () => {
    expect((await qbg('vsi', 'preassociate', ...VSI)).stdout).toContain('  preassociated  ')
    expect((await qbg('vsi', 'preassociate', '--reserve', ...VSI)).stdout).toContain('  preassociated-rr  ')
    expect((await qbg('vsi', 'associate', ...VSI)).stdout).toContain('  associated  ')
    await qbg('vsi', 'deassociate', A)
  })

  test('a no is status 1, with reason and hint on standard error', async () => {
    const refused = await qbg('vsi', 'associate', '--type', '6', '--id', A, '--filter', '200')
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^qbg: sta0: VSI .* refused: .*VDP error 4.*\nhint: .+\n$/)
    expect((await qbg('vsi', 'show', A)).stdout).toMatch(/^reason .*VDP error 4/m)
  })

  test('no answer in time is status 3, and says for what it waits', async () => {
    pair.station.links.put({ name: 'sta0', index: 1, up: false })
    const waiting = await qbg('vsi', 'associate', ...VSI, '--wait', '0')
    expect(waiting).toMatchObject({ status: 3, stdout: '' })
    expect(waiting.stderr).toMatch(/still waits to be sent: the link is down\nhint: /)
    await qbg('vsi', 'deassociate', A)
    pair.station.links.put({ name: 'sta0', index: 1, up: true })
    pair.clock.advance(5000)
  })

  test('--json gives the schemas of the API, whatever comes of it', async () => {
    const yes = await qbg('vsi', 'associate', ...VSI, '--org', '0001c8:abcd', '--json')
    expect(requestAnswers.parse(JSON.parse(yes.stdout)).answers).toMatchObject([{ ok: true, id: A }])
    expect(vsiListAnswer.parse(JSON.parse((await qbg('vsi', 'list', '--json')).stdout)).vsis).toHaveLength(1)
    const shown = vsiAnswer.parse(JSON.parse((await qbg('vsi', 'show', A, '--json')).stdout)).vsi
    expect(shown).toMatchObject({ organizational: [{ oui: '0001c8', data: 'abcd' }], typeVersion: 1 })
    expect(statusAnswer.parse(JSON.parse((await qbg('status', '--json')).stdout)).role).toBe('station')
    const no = await qbg(
      'vsi',
      'associate',
      '--type',
      '6',
      '--id',
      A.replace('f', 'e'),
      '--filter',
      '9',
      '--json',
    )
    expect(no).toMatchObject({ status: 1, stderr: '' })
    expect(requestAnswers.parse(JSON.parse(no.stdout)).answers[0]?.ok).toBe(false)
    await qbg('vsi', 'deassociate', A)
  })

  test('watch tells what happens as it happens, and ends well on Ctrl-C', async () => {
    const watching = startQbg(['vsi', 'watch', '--json'], { QBG_CONTROL: pair.station.path })
    await watching.says(/"subscribed"/)
    await qbg('vsi', 'associate', ...VSI)
    await watching.says(/"outcome":"granted"/)
    watching.child.kill('SIGINT')
    const { status, stdout } = await watching.ended
    expect(status).toBe(0)
    const last = JSON.parse(stdout.trim().split('\n').at(-1)!)
    expect(last).toMatchObject({ schema: 'qbg/v1/event', type: 'vsi', id: A, filter: [`${MAC}/1`] })
    await qbg('vsi', 'deassociate', A)
  })
})

describe('what is written wrong', () => {
  test.each<[string, string[], string]>([
    ['an unknown command', ['vsi', 'asociate'], "unknown command 'asociate'"],
    ['an unknown option', ['status', '--jsn'], "unknown option '--jsn'"],
    ['no command', [], 'no command given'],
    [
      'no ID',
      ['vsi', 'associate', '--type', '5', '--filter', '7'],
      "required option '--id <id>' not specified",
    ],
    [
      'a malformed UUID',
      ['vsi', 'associate', '--type', '5', '--filter', '7', '--id', 'fa9b'],
      'VSI ID "fa9b" is not a UUID',
    ],
    [
      'a malformed MAC',
      ['vsi', 'associate', '--type', '5', '--id', A, '--filter', '52:54:00:11:22/7'],
      'is not a MAC address',
    ],
    ['VID 4095', ['vsi', 'associate', '--type', '5', '--id', A, '--filter', '4095'], 'a VID is 1 to 4094'],
    [
      'PCP 8',
      ['vsi', 'associate', '--type', '5', '--id', A, '--filter', '7@8'],
      'PCP "8" is not a number from 0 to 7',
    ],
    ['two formats', ['vsi', 'associate', '--type', '5', '--id', A, '--filter', '7', MAC], 'have one format'],
    [
      'a type that is none',
      ['vsi', 'associate', '--type', 'x', '--id', A, '--filter', '7'],
      'VSI type "x" is not',
    ],
    [
      'a hint that is none',
      ['vsi', 'associate', ...VSI, '--hint', 'x'],
      'Allowed choices are none, suspended, migrating',
    ],
    ['a manager that is none', ['vsi', 'associate', ...VSI, '--manager', 'm'], 'VSI manager "m" is not'],
    ['an organisation TLV that is none', ['vsi', 'associate', ...VSI, '--org', 'x'], 'is not OUI:HEX'],
    [
      'a wait that is none',
      ['vsi', 'associate', ...VSI, '--wait', 'long'],
      '--wait "long" is not a number of seconds',
    ],
    [
      'too many entries',
      [
        'vsi',
        'associate',
        '--type',
        '5',
        '--id',
        A,
        '--filter',
        ...Array.from({ length: 61 }, (_, i) => `52:54:00:00:00:${(16 + i).toString(16)}/7`),
      ],
      '61 entries do not fit',
    ],
    ['an unknown port', ['vsi', 'associate', ...VSI, '--port', 'eth9'], 'this daemon has no port eth9'],
    ['an unknown port of status', ['status', '--port', 'eth9'], 'this daemon has no port eth9'],
    ['a shell there is not', ['completion', 'tcsh'], 'no completion for "tcsh"'],
    ['no interface', ['station'], 'needs at least one interface'],
    ['an interface twice', ['station', 'a', 'a'], 'interface a is given twice'],
    ['a timer out of range', ['station', 'a', '--rte', '32'], '--rte has to be at most 31, not 32'],
    ['a timer that is no number', ['bridge', 'a', '--rka', 'x'], '--rka has to be a number, not "x"'],
    ['a metrics address that is none', ['bridge', 'a', '--metrics', 'x'], '--metrics "x" is not a port'],
    ['a policy type that is none', ['bridge', 'a', '--policy', '5,x'], '--policy VSI type "x" is not'],
    [
      'a configuration file that is not there',
      ['bridge', '--config', '/nonexistent'],
      '/nonexistent: there is no such file',
    ],
  ])('%s is status 2 and said', async (_, argv, message) => {
    const { status, stdout, stderr } = await qbg(...argv)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^qbg: /)
    expect(stderr).toContain(message)
  })

  test('with --json the error is JSON on standard output', async () => {
    const { status, stdout, stderr } = await qbg('vsi', 'show', 'x', '--json')
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'qbg/v1/error', error: { code: 'bad-usage' } })
    const usage = await qbg('vsi', 'list', '--json', '--nonsense')
    expect(JSON.parse(usage.stdout).error.message).toContain("unknown option '--nonsense'")
  })

  test('an unknown VSI is status 1', async () => {
    const { status, stderr } = await qbg('vsi', 'show', '00000000-0000-0000-0000-000000000001')
    expect(status).toBe(1)
    expect(stderr).toContain('none remembered')
  })
})

describe('a command that is not there', () => {
  test.each([
    [['statsu'], 'unknown command "statsu", did you mean "status"?', 'qbg --help'],
    [['frobnicate'], 'unknown command "frobnicate"', 'qbg --help'],
    [['vsi', 'lst'], "unknown command 'lst'", 'qbg vsi --help'],
    [['vsi', 'list', 'x'], "too many arguments for 'list'", 'qbg vsi list --help'],
    [['bridge', 'x', '--assign-vid', '0'], '--assign-vid has to be', 'qbg bridge --help'],
  ])('%j is named, with the help that knows more', async (argv, message, hint) => {
    const { status, stderr } = await runQbg(argv)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain(`hint: ${hint}`)
  })
})

describe('without a daemon', () => {
  test.each([
    ['status', ['status']],
    ['vsi associate', ['vsi', 'associate', ...VSI]],
    ['vsi watch', ['vsi', 'watch']],
    ['event list', ['event', 'list']],
    ['log-level', ['log-level', 'debug']],
  ])('%s is status 4 and says how to start one', async (_, argv) => {
    const { status, stderr } = await runQbg([...argv, '--control', '/nonexistent/qbg.sock'])
    expect(status).toBe(4)
    expect(stderr).toContain('no qbg daemon answers on /nonexistent/qbg.sock')
    expect(stderr).toContain('hint: start one with "qbg station IFACE"')
  })
})

describe('events', () => {
  test('list has what happened, with numbers to go on from; kinds, VSI and port narrow it', async () => {
    await qbg('vsi', 'associate', ...VSI)
    await qbg('vsi', 'deassociate', A)
    const { stdout } = await qbg('event', 'list')
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}sta0 {2}link up\n/)
    expect(stdout).toMatch(
      new RegExp(`sta0 {2}${A} {2}released {2}none .* the station de-associated the VSI\n$`),
    )
    const vsis = await qbg('event', 'list', '--type', 'vsi', '--id', A, '--last', '2', '--json')
    const { events } = eventListAnswer.parse(JSON.parse(vsis.stdout))
    expect(events).toMatchObject([{ outcome: 'granted' }, { outcome: 'released' }])
    const later = await qbg('event', 'list', '--after', String(events[1]?.number))
    expect(later).toMatchObject({ status: 0, stdout: 'no events\n' })
    expect(await qbg('event', 'list', '--type', 'nonsense')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('hint: the types are subscribed, vsi,'),
    })
    expect((await qbg('event', 'list', '--last', 'few')).status).toBe(2)
    expect((await qbg('event', 'list', '--port', 'eth9')).status).toBe(2)
  })

  test('watch tells the kinds that were asked for', async () => {
    const watching = startQbg(['event', 'watch', '--type', 'link', '--json'], {
      QBG_CONTROL: pair.station.path,
    })
    await watching.says(/"subscribed"/)
    await qbg('vsi', 'associate', ...VSI)
    pair.station.links.put({ name: 'sta0', index: 1, up: false })
    pair.station.links.put({ name: 'sta0', index: 1, up: true })
    await watching.says(/"up":true/)
    watching.child.kill('SIGTERM')
    const { status, stdout } = await watching.ended
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type)
    expect({ status, types }).toEqual({ status: 0, types: ['subscribed', 'link', 'link'] })
    pair.clock.advance(5000)
    await qbg('vsi', 'deassociate', A)
  })
})

describe('the command itself', () => {
  test('prints its version and help', async () => {
    expect(await qbg('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
    const { status, stdout } = await qbg('vsi', 'associate', '--help')
    expect(status).toBe(0)
    expect(stdout).toContain('group:ID/MAC/VID')
    expect((await qbg('--help')).stdout).toContain('Exit status:')
  })

  test('has no colour where nobody looks, and some when asked', async () => {
    expect((await qbg('status')).stdout).not.toContain('\u001b')
    const coloured = await pair.during(
      runQbg(['status', '--control', pair.station.path], { FORCE_COLOR: '1', NO_COLOR: undefined }),
    )
    expect(coloured.stdout).toContain('\u001b[32mup')
    const none = await pair.during(
      runQbg(['status', '--control', pair.station.path], { FORCE_COLOR: '1', NO_COLOR: '1' }),
    )
    expect(none.stdout).not.toContain('\u001b')
  })

  test('changes what a daemon logs', async () => {
    expect(await qbg('log-level', 'debug')).toMatchObject({ status: 0, stdout: 'debug\n' })
    expect((await qbg('log-level', 'loud')).status).toBe(2)
    expect((await qbg('log-level', 'silent')).stdout).toBe('silent\n')
  })

  test('completes in bash what can follow', async () => {
    const { stdout: script } = await qbg('completion', 'bash')
    const complete = (...words: string[]) => {
      const given = words.map((word) => `'${word}'`).join(' ')
      const program = `${script}\nCOMP_WORDS=(${given}); COMP_CWORD=${words.length - 1}; _qbg; echo "\${COMPREPLY[@]}"`
      return spawnSync('bash', ['-c', program], { encoding: 'utf8' }).stdout.trim().split(' ')
    }
    expect(complete('qbg', 'st')).toEqual(['station', 'status'])
    expect(complete('qbg', 'vsi', '')).toEqual(expect.arrayContaining(['associate', 'watch']))
    expect(complete('qbg', 'vsi', 'associate', '--fil')).toEqual(['--filter'])
    expect(complete('qbg', 'bridge', '--rte', '12', 'l')).toContain('lo')
    expect(complete('qbg', 'decode', 'pack')).toContain('package.json')
    expect(complete('qbg', 'decode', '--st')).toEqual(['--stats'])
    expect(complete('qbg', 'status', 'pack')).toEqual([''])
  })

  test.each(['zsh', 'fish'])('writes a completion script for %s that knows every command', async (shell) => {
    const { stdout } = await qbg('completion', shell)
    for (const word of ['station', 'associate', '--filter', 'status']) expect(stdout).toContain(word)
  })
})
