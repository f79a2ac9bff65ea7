import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type OpenedTypes, openTypes } from '../../src/vsi-types/open-types.ts'
import { serveTypes, type TypeServer } from '../../src/vsi-types/type-server.ts'
import type { Lookup } from '../../src/vsi-types/type-source.ts'

import { startQbg } from '../support/cli.ts'

const log = pino({ level: 'silent' })
const TYPES = `types:
  - { id: 5, version: 1, name: web, vlans: [100, "200-299"], macs: ["52:54:00"], assign: { vid: 100, pcp: 3 },
      groups: { 5000: { vid: 300 } }, maxVsis: 9, bandwidth: { rate: 1.5mbit, burst: 64kb },
      validFrom: 2026-01-01, validUntil: "2099-01-01T01:00:00+01:00" }
  - { id: 6, manager: "mgr1", name: six of mgr1 }
`

let directory: string
let path: string
let server: TypeServer
const opened: OpenedTypes[] = []
const servers: Server[] = []

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  path = join(directory, 'types.yaml')
  writeFileSync(path, TYPES.replace('"mgr1"', `'"mgr1"'`))
  server = await serveTypes({ path, host: '127.0.0.1', port: 0, delay: 0, log })
})
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  for (const one of servers.splice(0)) one.close()
  await server.close()
  rmSync(directory, { recursive: true })
})

async function asking(url: string, id = '0', settings: { timeout?: number } = {}) {
  const manager = { id: parseManagerId(id)!, url, ...settings }
  const types = await openTypes(
    { managers: [manager], defaultManager: manager.id },
    { clock: systemClock, log },
  )
  opened.push(types)
  return (typeId: number, typeVersion: number) =>
    new Promise<Lookup>((resolve) => {
      types.source.lookUp({ managerId: parseManagerId('0')!, typeId, typeVersion }, resolve)
    })
}

async function listening(respond: Parameters<typeof createServer>[1]): Promise<string> {
  const other = createServer(respond)
  servers.push(other)
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`
}

describe('a served file of types', () => {
  test('says what the file says, through the wire and back', async () => {
    const ask = await asking(server.url)
    const found = await ask(5, 1)
    const file = await openTypes({ file: path }, { clock: systemClock, log })
    opened.push(file)
    let ours: Lookup | undefined
    file.source.lookUp({ managerId: parseManagerId('0')!, typeId: 5, typeVersion: 1 }, (lookup) => {
      ours = lookup
    })
    expect(found).toEqual(ours)
    expect(found).toMatchObject({
      outcome: 'found',
      type: { name: 'web', traffic: { bandwidth: { rate: 1_500_000 } } },
    })
    expect(await ask(5, 2)).toEqual({ outcome: 'unknown' })
  })

  test('serves any manager ID: types that the file gives no manager, or that one', async () => {
    expect(await (await asking(server.url, '192.0.2.7'))(5, 1)).toMatchObject({ outcome: 'found' })
    const mgr1 = await asking(server.url, '"mgr1"')
    expect(await mgr1(6, 3)).toMatchObject({ outcome: 'found', type: { name: 'six of mgr1' } })
    expect(await mgr1(5, 1)).toEqual({ outcome: 'unknown' })
  })

  test('follows the file', async () => {
    const ask = await asking(server.url)
    writeFileSync(path, 'types: [{ id: 7 }]')
    await vi.waitFor(
      async () => expect((await fetch(`${server.url}/v1/vsi-types/0/7/0`)).status).toBe(200),
      10_000,
    )
    expect(await ask(7, 1)).toMatchObject({ outcome: 'found' })
  })

  test.each([
    ['GET', '/v1/vsi-types', 200],
    ['GET', '/v1/vsi-types/0/9/9', 404],
    ['GET', '/v1/vsi-types/0/99999999/0', 404],
    ['GET', '/v1/vsi-types/%zz/5/1', 404],
    ['GET', '/', 404],
    ['POST', '/v1/vsi-types', 405],
  ])('%s %s is %i, in JSON', async (method, place, status) => {
    const response = await fetch(server.url + place, { method })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ schema: expect.stringMatching(/^qbg\/v1\//) })
  })

  test('a place that is taken is said', async () => {
    const { port } = new URL(server.url)
    const again = serveTypes({ path, host: '127.0.0.1', port: Number(port), delay: 0, log })
    await expect(again).rejects.toThrow(`cannot listen on 127.0.0.1 port ${port}: EADDRINUSE`)
  })
})

describe('what is not a VSI manager, or does not answer', () => {
  const why = async (url: string, timeout?: number) => {
    const found = await (await asking(url, '0', timeout === undefined ? {} : { timeout }))(5, 1)
    return found.outcome === 'unreachable' ? found.why : found.outcome
  }

  test('is named with the reason', async () => {
    const { url } = server
    await server.close()
    expect(await why(url)).toBe(`VSI manager ${url}: connection refused`)
    expect(await why(await listening(() => {}), 0.05)).toMatch(/: no answer in 0\.05 s$/)
    expect(
      await why(await listening((_, response) => response.writeHead(301, { location: '/' }).end())),
    ).toMatch(/: unexpected redirect$/)
    expect(await why(await listening((_, response) => response.end('x'.repeat(1 << 20))))).toMatch(
      /more than 65536 octets$/,
    )
    expect(await why(await listening((request) => request.destroy()))).toMatch(
      /: (the connection was cut|other side closed)$/,
    )
    expect(await why('http://nowhere.invalid:8080')).toMatch(/: its name (is not known|cannot be looked up)$/)
  })
})

test('a long text is read again while others are served', async () => {
  const long = (name: string) =>
    `types:\n${Array.from({ length: 3000 }, (_, id) => `  - { id: ${id}, vlans: [100, "200-299"], name: ${name} }\n`).join('')}`
  writeFileSync(path, long('before'))
  const running = startQbg(['type', 'serve', path, '--listen', '0'])
  try {
    const [url] = /http:\S+/.exec(await running.says(/http:\S+\n/))!
    const nameNow = async () => {
      const answer = await fetch(`${url}/v1/vsi-types/0/2999/1`)
      return ((await answer.json()) as { type: { name: string } }).type.name
    }
    expect(await nameNow()).toBe('before')
    writeFileSync(path, long('after'))
    const began = performance.now()
    let [last, longest] = [began, 0]
    while ((await nameNow()) === 'before') {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
      if (last - began > 15_000) throw new Error('it was not read')
    }
    expect(longest, 'milliseconds without an answer').toBeLessThan((performance.now() - began) / 2)
  } finally {
    running.child.kill('SIGTERM')
    expect((await running.ended).status).toBe(0)
  }
})
