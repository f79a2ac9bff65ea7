import { expect, test } from 'vitest'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import {
  decodeLogEntry,
  EVENT_LOG_VERSION,
  encodeLogEntry,
  type LogEntry,
} from '../../protocol/trace/event-log.ts'
import { renderLogEntry } from '../../protocol/trace/render.ts'
import { gatherSteps } from '../../protocol/trace/replay.ts'
import { ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { testFrame } from '../support/frames.ts'

const place = { port: 'eth0', step: 3, at: 12_500.25 }
const frame = testFrame(ETHERTYPE_LLDP, 0xab)

/** Each entry with the line people see. */
const ENTRIES: readonly (readonly [LogEntry, string])[] = [
  [
    { kind: 'start', ...place, version: EVENT_LOG_VERSION, role: 'bridge', config: DEFAULT_PORT_CONFIG },
    '    12.500 eth0 = bridge',
  ],
  [
    { kind: 'input', ...place, input: { type: 'frame.received', octets: frame } },
    '    12.500 eth0 > frame.received LLDP 02:00:00:00:00:01 > 01:80:c2:00:00:00, 60 octets',
  ],
  [
    { kind: 'input', ...place, input: { type: 'frame.received', octets: Uint8Array.of(1, 2) } },
    '    12.500 eth0 > frame.received 2 octets, frame-too-short',
  ],
  [
    { kind: 'effect', ...place, effect: { type: 'frame.send', octets: frame } },
    '    12.500 eth0 < frame.send LLDP 02:00:00:00:00:01 > 01:80:c2:00:00:00, 60 octets',
  ],
  [
    { kind: 'effect', ...place, effect: { type: 'timer.arm', timer: 'lldp.ttr', at: 42_000 } },
    '    12.500 eth0 < timer.arm lldp.ttr at 42.000',
  ],
  [
    { kind: 'effect', ...place, effect: { type: 'peer.changed', peer: null } },
    '    12.500 eth0 < peer.changed gone',
  ],
  [
    {
      kind: 'effect',
      ...place,
      effect: {
        type: 'fault.found',
        fault: { code: 'ttl-invalid', offset: 30, clause: '802.1AB-2016 §8.5.4' },
      },
    },
    '    12.500 eth0 < fault.found ttl-invalid at octet 30, 802.1AB-2016 §8.5.4',
  ],
  [{ kind: 'failure', ...place, message: 'Error: a bug' }, '    12.500 eth0 ! step failed: Error: a bug'],
  [{ kind: 'gap', ...place, missing: 7 }, '    12.500 eth0 ! 7 steps not recorded'],
]

test.each(ENTRIES)('%j is one line for machines and one for people', (entry, rendered) => {
  const line = encodeLogEntry(entry)
  expect(line).not.toContain('\n')
  expect(decodeLogEntry(line)).toEqual({ ok: true, entry })
  expect(renderLogEntry(entry)).toBe(rendered)
})

test('a decoded frame is a plain Uint8Array', () => {
  const result = decodeLogEntry(encodeLogEntry(ENTRIES[1]![0]))
  const octets =
    result.ok && result.entry.kind === 'input' && 'octets' in result.entry.input && result.entry.input.octets
  expect(octets).toBeInstanceOf(Uint8Array)
})

test.each([
  ['', 'not JSON'],
  ['7', 'not an object'],
  ['[]', 'not an object'],
  ['{"kind":"gap","step":1,"at":1,"missing":1}', 'no port'],
  ['{"kind":"gap","port":"a","at":1,"missing":1}', 'no step or time'],
  ['{"kind":"gap","port":"a","step":1,"at":1}', 'no number of missing steps'],
  ['{"kind":"other","port":"a","step":1,"at":1}', 'unknown kind'],
  ['{"kind":"input","port":"a","step":1,"at":1}', 'no event'],
  ['{"kind":"input","port":"a","step":1,"at":1,"input":{"type":"frame.received"}}', 'octets not hexadecimal'],
  [
    '{"kind":"effect","port":"a","step":1,"at":1,"effect":{"type":"frame.send","octets":"0"}}',
    'octets not hexadecimal',
  ],
  [
    '{"kind":"start","port":"a","step":0,"at":1,"version":99,"role":"bridge","config":{}}',
    'version 99, not 1',
  ],
  ['{"kind":"start","port":"a","step":0,"at":1,"version":1,"role":"hub","config":{}}', 'unknown role'],
])('%s is refused: %s', (line, reason) => {
  expect(decodeLogEntry(line)).toEqual({ ok: false, reason })
})

test('entries of several ports are gathered into their steps', () => {
  const on = (port: string, step: number) => ({ port, step, at: step })
  const input = { type: 'admin.shutdown' } as const
  const effect = { type: 'timer.cancel', timer: 't' } as const
  const steps = gatherSteps([
    { kind: 'input', ...on('a', 1), input },
    { kind: 'input', ...on('a', 1), input },
    { kind: 'input', ...on('b', 1), input },
    { kind: 'effect', ...on('a', 1), effect },
    { kind: 'input', ...on('a', 2), input },
    { kind: 'failure', ...on('b', 1), message: 'a bug' },
  ])
  expect(steps).toEqual([
    { ...on('a', 1), inputs: [input, input], effects: [effect] },
    { ...on('b', 1), inputs: [input], effects: [], failure: 'a bug' },
    { ...on('a', 2), inputs: [input], effects: [] },
  ])
})
