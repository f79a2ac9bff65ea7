/** The control protocol as any client sees it: two whole daemons behind real unix sockets, virtual time. */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorAnswer } from '../../src/control/schema/envelope.ts'
import type { EventAnswer } from '../../src/control/schema/event.ts'
import { eventAnswer } from '../../src/control/schema/event.ts'
import { logLevelAnswer, statusAnswer } from '../../src/control/schema/status.ts'
import { requestAnswers, vsiAnswer, vsiListAnswer } from '../../src/control/schema/vsi.ts'
import type { VsiRequestsInput } from '../../src/control/schema/vsi-request.ts'
import { type Pair, startPair } from '../support/daemons.ts'
import { Collected } from '../support/deadline.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
const B = 'fa9b7fff-b0a0-4893-8abc-0123456789ac'
const MAC = '52:54:00:11:22:33'

type Request = VsiRequestsInput['requests'][number]
const associate = (id: string, rest: object = {}): Request => ({
  mode: 'associate',
  id,
  typeId: 5,
  filter: [`${MAC}/200`],
  ...rest,
})
const deassociate = (id: string): Request => ({ mode: 'deassociate', id })

let pair: Pair
const ask = async (...requests: Request[]) =>
  (await pair.during(pair.station.client.request({ requests, wait: 60 }))).answers

describe('requests for VSIs', () => {
  beforeEach(async () => {
    pair = await startPair({ bridge: { policy: { types: [{ typeId: 5 }], assignVid: 42 } } })
  })
  afterEach(() => pair.close())

  test('a yes carries the filter as the bridge filled it in, and both sides list the VSI', async () => {
    const [answer] = await ask(associate(A, { filter: [MAC, '52:54:00:11:22:34/7@3'] }))
    const filter = [`${MAC}/42`, '52:54:00:11:22:34/7@3']
    expect(answer).toEqual({
      port: 'sta0',
      id: A,
      mode: 'associate',
      ok: true,
      outcome: 'granted',
      state: 'associated',
      filter,
      reason: null,
    })
    for (const { client } of [pair.station, pair.bridge]) {
      const { vsis } = vsiListAnswer.parse(await client.vsis())
      expect(vsis).toMatchObject([
        { id: A, state: 'associated', live: true, filter, typeId: 5, pending: null },
      ])
      expect(vsis[0]?.createdAt).toMatch(/^\d{4}-.*Z$/)
    }
  })

  test('a no carries the reason in words, and it can be read after the VSI is gone', async () => {
    const [answer] = await ask(associate(A, { typeId: 6 }))
    const reason = { code: 'other-failure', vdpError: 4, hard: true }
    expect(answer).toMatchObject({ ok: false, outcome: 'refused', state: 'none', reason })
    expect(answer?.reason?.text).toContain('VDP error 4')
    const { vsi } = vsiAnswer.parse(await pair.station.client.vsi(A))
    expect(vsi).toMatchObject({ live: false, state: 'none', outcome: 'refused', reason, typeId: 6 })
    expect(vsi.endedAt).not.toBeNull()
  })

  test('#181 the same request is a refresh, another filter a change, a refused change keeps what was', async () => {
    await ask(associate(A))
    expect(await ask(associate(A))).toMatchObject([{ ok: true, filter: [`${MAC}/200`] }])
    expect(await ask(associate(A, { filter: [`${MAC}/201`] }))).toMatchObject([
      { ok: true, filter: [`${MAC}/201`] },
    ])
    expect(await ask(associate(A, { typeId: 6 }))).toMatchObject([
      { ok: false, outcome: 'kept', state: 'associated' },
    ])
    expect((await pair.bridge.client.vsis()).vsis).toMatchObject([
      { id: A, typeId: 5, filter: [`${MAC}/201`] },
    ])
  })

  test('what the station itself refuses leaves what is in force, and can be read later', async () => {
    await ask(associate(A))
    const reason = { code: 'group-ids-not-agreed' }
    expect(await ask(associate(A, { filter: ['group:7/3'] }))).toMatchObject([
      { ok: false, outcome: 'kept', state: 'associated', filter: [`${MAC}/200`], reason },
    ])
    expect((await pair.station.client.vsi(A)).vsi).toMatchObject({
      state: 'associated',
      outcome: 'kept',
      filter: [`${MAC}/200`],
      reason,
    })
  })

  test('a batch is answered request by request, in its order', async () => {
    const answers = await ask(associate(A), associate(B, { typeId: 6 }), deassociate(A))
    expect(answers.map(({ id }) => id)).toEqual([A, B, A])
    expect(answers[1]).toMatchObject({ ok: false, outcome: 'refused' })
  })

  test('what ends in a batch that asks for it first is not gone already', async () => {
    await ask(associate(A))
    await ask(deassociate(A))
    const answers = await ask(associate(A), deassociate(A), deassociate(A))
    expect(answers.map(({ outcome }) => outcome)).toEqual(['granted', 'released', 'released'])
    for (const { client } of [pair.station, pair.bridge])
      expect((await client.vsi(A)).vsi).toMatchObject({ live: false, state: 'none' })
    expect(await ask(associate(A, { filter: ['group:7/3'] }), deassociate(A))).toMatchObject([
      { ok: false, outcome: 'refused', reason: { code: 'group-ids-not-agreed' } },
      { ok: true, outcome: 'released', state: 'none' },
    ])
  })

  test('a large batch is asked for over several turns, in its order', async () => {
    const others = Array.from({ length: 200 }, (_, index) => {
      const number = index.toString(16).padStart(2, '0')
      return associate(`fa9b7fff-b0a0-4893-8abc-0123456780${number}`, {
        filter: [`52:54:00:00:00:${number}/200`],
      })
    })
    const answers = await ask(associate(A), ...others, deassociate(A))
    expect(answers.map(({ id }) => id)).toEqual([A, ...others.map(({ id }) => id), A])
    expect(answers.slice(0, -1).map(({ outcome }) => outcome)).toEqual(Array(201).fill('granted'))
    expect(answers.at(-1)).toMatchObject({ outcome: 'released', state: 'none' })
    const { vsis } = await pair.bridge.client.vsis()
    expect(vsis.filter(({ live }) => live)).toHaveLength(200)
  })

  test('a VSI ends by its ID alone; ending it twice is no mistake, ending what never was is', async () => {
    await ask(associate(A))
    expect(await ask(deassociate(A))).toMatchObject([{ ok: true, outcome: 'released', state: 'none' }])
    expect((await pair.bridge.client.vsi(A)).vsi).toMatchObject({ live: false, outcome: 'released' })
    expect(await ask(deassociate(A))).toMatchObject([{ ok: true, outcome: 'released' }])
    expect(await ask(deassociate(B))).toMatchObject([
      { ok: false, outcome: 'refused', reason: { code: 'unknown-vsi' } },
    ])
  })

  test('when the wait is over the answer says for what it waits, and the request stays in force', async () => {
    pair.station.links.put({ name: 'sta0', index: 1, up: false })
    const { answers } = await pair.station.client.request({ requests: [associate(A)], wait: 0 })
    expect(answers).toMatchObject([{ ok: false, outcome: 'waiting', reason: { code: 'link-down' } }])
    pair.station.links.put({ name: 'sta0', index: 1, up: true })
    pair.clock.advance(5000)
    expect((await pair.station.client.vsi(A)).vsi).toMatchObject({ state: 'associated', outcome: 'granted' })
  })

  test('a request on its way is told apart from one that waits', async () => {
    const { answers } = await pair.station.client.request({ requests: [associate(A)], wait: 0 })
    expect(answers).toMatchObject([{ ok: false, outcome: 'progress', state: 'none', reason: null }])
  })

  test('a client that hangs up leaves no ticket behind', async () => {
    pair.link.setUp(false)
    const request = httpRequest({ socketPath: pair.station.path, method: 'POST', path: '/v1/vsis' })
    request.on('error', () => {})
    request.end(JSON.stringify({ requests: [associate(A)], wait: 1000 }))
    await until(() => pair.station.daemon.agent.tickets.waiting === 1)
    request.destroy()
    await until(() => pair.station.daemon.agent.tickets.waiting === 0)
  })

  test('on a bridge, de-associate withdraws: the station is told and loses the VSI', async () => {
    await ask(associate(A))
    const { answers } = await pair.bridge.client.request({ requests: [deassociate(A)], wait: 5 })
    expect(answers).toMatchObject([{ ok: true, outcome: 'released' }])
    pair.clock.advance(100)
    expect((await pair.station.client.vsi(A)).vsi).toMatchObject({
      state: 'none',
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
    const unknown = await pair.bridge.client.request({ requests: [deassociate(B)], wait: 5 })
    expect(unknown.answers).toMatchObject([{ ok: false, reason: { code: 'unknown-vsi' } }])
  })

  test('on a bridge, nothing else can be asked for', async () => {
    await expect(pair.bridge.client.request({ requests: [associate(A)] })).rejects.toMatchObject({
      code: 'wrong-role',
    })
  })

  test('who still waits when the daemon leaves is told so', async () => {
    pair.link.setUp(false)
    const waiting = pair.station.client.request({ requests: [associate(A)], wait: 60 })
    await until(() => pair.station.daemon.agent.tickets.waiting === 1)
    pair.station.daemon.stop()
    expect((await waiting).answers).toMatchObject([{ ok: false, reason: { code: 'shut-down' } }])
    const late = pair.station.client.request({ requests: [associate(A)] })
    await expect(late).rejects.toMatchObject({ code: 'stopping' })
  })

  test('who asks a port that has left meanwhile is told so', async () => {
    pair.station.daemon.ports[0]!.driver.stop()
    const answers = await ask(associate(A), deassociate(A))
    expect(answers).toMatchObject([
      { ok: false, outcome: 'refused', state: 'none', reason: { code: 'shut-down' } },
      { ok: false, outcome: 'refused', state: 'none', reason: { code: 'shut-down' } },
    ])
    expect((await pair.station.client.vsi(A)).vsi).toMatchObject({
      live: false,
      reason: { code: 'shut-down' },
    })
  })
})

describe('group IDs', () => {
  const grouped = associate(A, { filter: [`group:5000/${MAC}/200`] })
  const withGroups = { evb: { groupId: true } }

  test('without the agreement of both sides a filter with groups is refused before it is sent', async () => {
    pair = await startPair({ station: withGroups })
    expect(await ask(grouped)).toMatchObject([
      { outcome: 'refused', reason: { code: 'group-ids-not-agreed' } },
    ])
    await pair.close()
  })

  test('with it they are granted', async () => {
    pair = await startPair({ station: withGroups, bridge: withGroups })
    expect((await pair.station.client.status()).ports[0]?.evb.groupIds).toBe(true)
    expect(await ask(grouped)).toMatchObject([{ ok: true, filter: [`group:5000/${MAC}/200`] }])
    await pair.close()
  })
})

describe('what a daemon tells of itself', () => {
  beforeAll(async () => {
    pair = await startPair()
    await ask(associate(A))
  })
  afterAll(() => pair.close())

  test('status is as its schema says, on both sides', async () => {
    const station = statusAnswer.parse(await pair.station.client.status())
    const bridge = statusAnswer.parse(await pair.bridge.client.status())
    expect(station.ports[0]).toMatchObject({
      name: 'sta0',
      relay: { requested: true, capable: true, active: true, applied: null },
      vdp: { vsis: { associated: 1 } },
      neighbor: { mac: '52:54:00:00:00:02' },
      problems: [],
    })
    expect(bridge.ports[0]).toMatchObject({ master: 'br0', relay: { active: true, applied: true } })
    expect(station.ports[0]?.mib.EcpTxFrameCount).toBe(station.ports[0]?.counters.EcpTxFrameCount)
    expect(station.ports[0]?.counters.VDPCommandsSucceeded).toBe(1)
  })

  test('events begin with a line that says so, and tell what follows', async () => {
    const { all, stop } = watchEvents(pair)
    await all.until('subscription', (events) => events.length > 0)
    await ask(deassociate(A))
    const events = await all.until('release', (seen) => seen.some(({ type }) => type === 'vsi'))
    expect(events[0]?.type).toBe('subscribed')
    expect(events.at(-1)).toMatchObject({
      type: 'vsi',
      port: 'sta0',
      id: A,
      outcome: 'released',
      state: 'none',
    })
    for (const event of events) eventAnswer.parse(event)
    stop()
  })

  test('the log level is changed while it runs', async () => {
    expect(logLevelAnswer.parse(await pair.station.client.setLogLevel('debug')).level).toBe('debug')
    expect((await pair.station.client.logLevel()).level).toBe('debug')
    await expect(pair.station.client.setLogLevel('loud')).rejects.toMatchObject({
      code: 'bad-request',
      path: 'level',
      message: expect.stringContaining('"debug" or "info"'),
    })
  })

  test('an unusable frame is counted, located and told', async () => {
    const { all, stop } = watchEvents(pair)
    await all.until('subscription', (events) => events.length > 0)
    const truncated = Uint8Array.from([
      1, 0x80, 0xc2, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 9, 0x88, 0xcc, 2, 7, 4, 1,
    ])
    pair.link.ends[1].send(truncated)
    pair.clock.advance(1)
    await all.until('fault', (events) => events.some(({ type }) => type === 'fault'))
    const [port] = (await pair.station.client.status()).ports
    expect(port?.faults).toMatchObject({
      total: 1,
      last: { offset: 14, clause: expect.stringContaining('802.1AB') },
    })
    stop()
  })
})

describe('whatever a client sends', () => {
  beforeAll(async () => {
    pair = await startPair()
  })
  afterAll(() => pair.close())

  test.each<[string, string, string, string | undefined, number, string]>([
    ['a path there is not', 'GET', '/v2/status', undefined, 404, 'not-found'],
    ['a method there is not', 'DELETE', '/v1/vsis', undefined, 405, 'method-not-allowed'],
    ['a method named like a property', 'CONSTRUCTOR', '/v1/vsis', undefined, 400, ''],
    ['events asked for by POST', 'POST', '/v1/events', '{}', 405, 'method-not-allowed'],
    ['no body', 'POST', '/v1/vsis', undefined, 400, 'bad-request'],
    ['a body that is no JSON', 'POST', '/v1/vsis', '{"requests":', 400, 'bad-request'],
    ['a body that is no object', 'POST', '/v1/vsis', '[]', 400, 'bad-request'],
    ['a key there is not', 'POST', '/v1/vsis', '{"requests":[],"x":1}', 400, 'bad-request'],
    ['no requests', 'POST', '/v1/vsis', '{"requests":[]}', 400, 'bad-request'],
    ['an ID that is none', 'GET', '/v1/vsis/hello', undefined, 400, 'bad-request'],
    ['broken percent encoding', 'GET', '/v1/vsis/%E0%A4%A', undefined, 400, 'bad-request'],
    ['an unknown VSI', 'GET', `/v1/vsis/${A}`, undefined, 404, 'unknown-vsi'],
    ['an unknown key in the query', 'GET', '/v1/vsis?prot=eth9', undefined, 400, 'bad-request'],
    ['an unknown port', 'GET', '/v1/vsis?port=eth9', undefined, 404, 'unknown-port'],
  ])('%s gets an answer', async (_, method, path, body, status, code) => {
    const answer = await raw(method, path, body)
    expect(answer.status).toBe(status)
    if (code !== '') expect(errorAnswer.parse(JSON.parse(answer.text)).error.code).toBe(code)
  })

  test.each<[object, string, string]>([
    [{ mode: 'explode' }, 'requests[0].mode', ''],
    [{ id: 'x' }, 'requests[0].id', 'is not a UUID'],
    [{ typeId: 16777216 }, 'requests[0].typeId', 'at most 16777215, not 16777216'],
    [{ typeId: '5' }, 'requests[0].typeId', 'has to be a number, not "5"'],
    [{ filter: [`${MAC}/4095`] }, 'requests[0].filter', 'VID "4095" is out of range'],
    [{ filter: ['5@8'] }, 'requests[0].filter', 'PCP "8" is not a number from 0 to 7'],
    [{ filter: [] }, 'requests[0].filter', 'at least 1'],
    [{ managerId: 'mgr1' }, 'requests[0].managerId', 'VSI manager "mgr1" is not'],
    [{ hint: 'soon' }, 'requests[0].hint', '"none" or "suspended" or "migrating"'],
    [{ organizational: [{ oui: '0001', data: '' }] }, 'requests[0].organizational[0].oui', 'six hex digits'],
    [{ colour: 'red' }, 'requests[0].colour', 'unknown key "colour"'],
    [
      { filter: Array.from({ length: 61 }, (_, i) => `52:54:00:00:01:${(16 + i).toString(16)}/7`) },
      'requests[0]',
      '61 entries do not fit',
    ],
  ])('%j is refused naming %s', async (change, path, message) => {
    const body = JSON.stringify({ requests: [{ ...associate(A), ...change }] })
    const answer = await raw('POST', '/v1/vsis', body)
    expect(answer.status).toBe(400)
    const { error } = errorAnswer.parse(JSON.parse(answer.text))
    expect(error).toMatchObject({ code: 'bad-request', path })
    expect(error.message).toContain(message)
  })

  test('when one request of a batch is wrong none is done', async () => {
    const requests = [associate(A), associate(B, { port: 'eth9' })]
    await expect(pair.station.client.request({ requests })).rejects.toMatchObject({ code: 'unknown-port' })
    expect((await pair.station.client.vsis()).vsis).toEqual([])
  })

  test('more octets than a daemon reads are refused, not stored', async () => {
    const answer = await raw('POST', '/v1/vsis', 'x'.repeat((8 << 20) + 1))
    expect(answer.status).toBe(413)
    expect(errorAnswer.parse(JSON.parse(answer.text)).error.code).toBe('too-large')
  })

  test('octets that are no HTTP end that connection only', async () => {
    const socket = connect(pair.station.path)
    const text = await new Promise<string>((resolve) => {
      let got = ''
      socket.on('data', (part) => {
        got += part
      })
      socket.on('close', () => resolve(got))
      socket.write('\u0000\u0001 hello\r\n\r\n')
    })
    expect(text).toContain('400')
    expect((await pair.station.client.status()).schema).toBe('qbg/v1/status')
  })

  test('an event reader that does not read is cut off', async () => {
    const socket = connect(pair.station.path)
    socket.write('GET /v1/events HTTP/1.1\r\nhost: qbg\r\n\r\n')
    await new Promise((resolve) => socket.once('readable', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const { agent } = pair.station.daemon
    let told = 0
    const stop = agent.subscribe(() => told++)
    const noise = Uint8Array.from([1, 0x80, 0xc2, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 9, 0x88, 0xcc, 2, 7, 4, 1])
    for (let burst = 0; burst < 40; burst++) {
      for (let frame = 0; frame < 500; frame++) pair.link.ends[1].send(noise)
      pair.clock.advance(1)
      await new Promise(setImmediate)
    }
    expect(told).toBeGreaterThan(10_000)
    stop()
    socket.resume()
    await closed
  })
})

function watchEvents({ station }: Pair) {
  const all = new Collected<EventAnswer>()
  const abort = new AbortController()
  const reading = (async () => {
    for await (const event of station.client.events(undefined, abort.signal)) all.add(event)
  })()
  reading.catch(() => {})
  return { all, stop: () => abort.abort() }
}

function raw(
  method: string,
  path: string,
  body: string | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(pair.station.path)
    const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
    let got = ''
    socket.on('data', (part) => {
      got += part
    })
    socket.on('error', reject)
    socket.on('close', () =>
      resolve({ status: Number(got.split(' ')[1]), text: got.split('\r\n\r\n')[1] ?? '' }),
    )
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: qbg\r\nconnection: close\r\n${length}\r\n${body ?? ''}`)
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

test('every answer of the API names its schema', () => {
  for (const schema of [
    statusAnswer,
    vsiListAnswer,
    vsiAnswer,
    requestAnswers,
    errorAnswer,
    logLevelAnswer,
  ]) {
    expect(schema.shape.schema.value).toMatch(/^qbg\/v1\/[a-z-]+$/)
  }
})
