/** A frame as one line of JSON: `frame` of `control/schema/frame.ts`, written by hand because of its speed. */

import type { Dissection } from '../../protocol/dissect/dissection.ts'
import type { Fault } from '../../protocol/wire/decoded.ts'
import type { CapturedPacket, CaptureInterface } from '../pcap/captured-packet.ts'
import { TimeText } from './capture-time.ts'
import { quote } from './json-fragments.ts'
import { JsonRuns } from './json-runs.ts'
import type { Output } from './output.ts'

const SCHEMA = 'qbg/v1/frame'
const NO_FAULTS = '],"faults":[]}\n'

export class FrameJson {
  readonly #runs = new JsonRuns()
  readonly #time = new TimeText()
  #interface: CaptureInterface | undefined
  #interfaceJson = ''

  /** Writes the line with its end. */
  render(packet: CapturedPacket, d: Dissection, output: Output): void {
    const { number, time, direction, octets, originalLength } = packet
    let head = `{"schema":"${SCHEMA}","number":${number},"time":`
    head += time === undefined ? 'null' : `"${this.#time.iso(time)}"`
    head += this.#on(packet.interface)
    if (direction !== undefined) head += `,"direction":"${direction}"`
    head += `,"captured":${octets.length},"length":${originalLength},"protocol":"${d.protocol}","fields":[`
    output.ascii(head)
    this.#runs.render(d, output)
    output.ascii(d.faults.length === 0 ? NO_FAULTS : `],"faults":${faultsJson(d.faults)}}\n`)
  }

  #on(on: CaptureInterface): string {
    if (on !== this.#interface) {
      this.#interface = on
      const name = on.name === undefined ? '' : `,"interfaceName":${quote(on.name)}`
      this.#interfaceJson = `,"interface":${on.index}${name},"linkType":${on.linkType}`
    }
    return this.#interfaceJson
  }
}

/** In ASCII: clauses have a section sign. */
function faultsJson(faults: readonly Fault[]): string {
  return JSON.stringify(faults).replaceAll('§', '\\u00a7')
}
