/** A frame as one line of JSON: `frame` of `control/schema/frame.ts`, written octet by octet because of its speed. */
import type { Dissection, FrameProtocol } from '../../protocol/dissect/dissection.ts'
import type { Fault } from '../../protocol/wire/decoded.ts'
import type { CapturedPacket, CaptureInterface, CaptureTime } from '../pcap/captured-packet.ts'
import { MAX_DATE_SECONDS, TimeText } from './capture-time.ts'
import { quote } from './json-fragments.ts'
import { JsonRuns } from './json-runs.ts'
import type { Output } from './output.ts'

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')

const START = ascii('{"schema":"qbg/v1/frame","number":')
const TIME = ascii(',"time":"')
const NO_TIME = ascii(',"time":null')
const TIME_END = ascii('Z"')
const DIRECTIONS = { in: ascii(',"direction":"in"'), out: ascii(',"direction":"out"') } as const
const CAPTURED = ascii(',"captured":')
const LENGTH = ascii(',"length":')
const PROTOCOLS: Readonly<Record<FrameProtocol, Uint8Array>> = {
  lldp: protocolJson('lldp'),
  ecp: protocolJson('ecp'),
  'ecp-draft': protocolJson('ecp-draft'),
  other: protocolJson('other'),
}
const NO_FAULTS = ascii('],"faults":[]}\n')

export class FrameJson {
  readonly #runs = new JsonRuns()
  readonly #time = new TimeText()
  #second: number | undefined
  #secondJson: Uint8Array = new Uint8Array()
  #interface: CaptureInterface | undefined
  #interfaceJson: Uint8Array = new Uint8Array()

  /** Writes the line with its end. */
  render(packet: CapturedPacket, d: Dissection, output: Output): void {
    const { number, time, direction, octets, originalLength } = packet
    output.put(START)
    output.number(number)
    if (time === undefined) output.put(NO_TIME)
    else this.#writeTime(time, output)
    output.put(this.#on(packet.interface))
    if (direction !== undefined) output.put(DIRECTIONS[direction])
    output.put(CAPTURED)
    output.number(octets.length)
    output.put(LENGTH)
    output.number(originalLength)
    output.put(PROTOCOLS[d.protocol])
    this.#runs.render(d, output)
    if (d.faults.length === 0) output.put(NO_FAULTS)
    else output.ascii(`],"faults":${faultsJson(d.faults)}}\n`)
  }

  /** The date and time of the second before are mostly right. */
  #writeTime(time: CaptureTime, output: Output): void {
    const { seconds, nanoseconds } = time
    if (Math.abs(seconds) > MAX_DATE_SECONDS) {
      output.ascii(`,"time":"${this.#time.iso(time)}"`)
      return
    }
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#secondJson = ascii(this.#time.iso(time).slice(0, -'000000000Z'.length))
    }
    output.put(TIME)
    output.put(this.#secondJson)
    output.number(nanoseconds, 9)
    output.put(TIME_END)
  }

  #on(on: CaptureInterface): Uint8Array {
    if (on !== this.#interface) {
      this.#interface = on
      const name = on.name === undefined ? '' : `,"interfaceName":${quote(on.name)}`
      this.#interfaceJson = ascii(`,"interface":${on.index}${name},"linkType":${on.linkType}`)
    }
    return this.#interfaceJson
  }
}

function protocolJson(protocol: FrameProtocol): Uint8Array {
  return ascii(`,"protocol":"${protocol}","fields":[`)
}

/** In ASCII: clauses have a section sign. */
function faultsJson(faults: readonly Fault[]): string {
  return JSON.stringify(faults).replaceAll('§', '\\u00a7')
}
