/**
 * libvirt 9.0.0 towards its agent, as far as the agent can see: requests, polls and their patience, and what it does
 * with an event. On virtual time, and on a request port in memory, so every answer has to come within the call that
 * asks. Nothing here is from the code under test but the interface of the port.
 */
import type { OnDatagram, RequestPort } from '../../src/libvirt/request-port.ts'
import type { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { errorOf, getLink, responseIn, type SetLink, setLink, UUID } from './libvirt-octets.ts'

/** Sleep between polls, with what it takes besides, and how many there are. */
const POLL_INTERVAL = 125.5
const POLLS = 80

/** The agent's socket. Each request comes from a number of its own, as each socket of libvirt's has. */
export class ToldRequestPort implements RequestPort {
  readonly number = 4242
  /** Numbers that nobody listens on. */
  readonly absent = new Set<number>()
  /** What was sent to libvirt's event socket. */
  readonly events: Buffer[] = []
  onEvent: (octets: Buffer) => void = () => {}
  onOverrun: () => void = () => {}
  readonly #answers = new Map<number, Buffer[]>()
  #onDatagram: OnDatagram | undefined
  #sender = 100_000

  listen(onDatagram: OnDatagram, onOverrun: () => void): void {
    this.#onDatagram = onDatagram
    this.onOverrun = onOverrun
  }

  send(octets: Buffer, to: number): boolean {
    if (this.absent.has(to)) return false
    const asker = this.#answers.get(to)
    if (asker) asker.push(octets)
    else {
      this.events.push(octets)
      this.onEvent(octets)
    }
    return true
  }

  close(): void {
    this.#onDatagram = undefined
  }

  /** What is answered to a datagram before this returns. */
  ask(octets: Buffer, sender = ++this.#sender): Buffer[] {
    const answers: Buffer[] = []
    this.#answers.set(sender, answers)
    this.#onDatagram?.(octets, sender)
    this.#answers.delete(sender)
    return answers
  }
}

/** How one operation went: the user's view of it. */
export type Outcome =
  /** The agent said no to the request itself: "sending of PortProfileRequest failed". */
  | { readonly end: 'refused'; readonly errno: number }
  /** 0 is a success; others are shown as "error N during port-profile setlink". */
  | { readonly end: 'response'; readonly response: number; readonly after: number }
  /** "IFLA_VF_PORTS is missing", "Could not find vf/instanceId". */
  | { readonly end: 'missing'; readonly after: number }
  /** "port-profile setlink timed out". */
  | { readonly end: 'timeout'; readonly after: number }

export class FakeLibvirt {
  readonly port: ToldRequestPort
  eventPort = 0x67403ce3
  /** Re-associations that events made it ask for. */
  reassociations = 0
  readonly #clock: VirtualClock

  constructor(port: ToldRequestPort, clock: VirtualClock) {
    this.port = port
    this.#clock = clock
  }

  /** SETLINK and polling to the end. Time passes. */
  perform(request: SetLink = {}): Outcome {
    const errno = this.set(request)
    if (errno !== 0) return { end: 'refused', errno: -errno }
    const start = this.#clock.now()
    for (let poll = 0; poll < POLLS; poll++) {
      const response = this.poll(request)
      const after = this.#clock.now() - start
      if (response === undefined) return { end: 'missing', after }
      if (response !== null && response !== 0x101) {
        return { end: 'response', response: response === 0x100 ? 0 : response, after }
      }
      this.#clock.advance(POLL_INTERVAL)
    }
    return { end: 'timeout', after: this.#clock.now() - start }
  }

  /** SETLINK without polling: after an event and at its own start. The error number of the answer. */
  set(request: SetLink = {}): number {
    const octets = setLink({ index: 1, name: 'sta0', ...request, eventPort: this.eventPort })
    return errorOf(only(this.port.ask(octets)))!
  }

  /** Null for in progress; undefined when the VSI is not in the answer. */
  poll({ uuid = UUID, index = 1 }: SetLink = {}): number | null | undefined {
    return responseIn(only(this.port.ask(getLink(index, undefined, this.eventPort))), uuid)
  }

  /** From now on each event about a domain that runs is answered with ASSOCIATE, at once and whatever happens. */
  follow(request: SetLink = {}): void {
    this.port.onEvent = (event) => {
      if (event.readUInt16LE(4) !== 19 || event.readUInt32LE(12) !== this.port.number) return
      this.#clock.wakeAt(this.#clock.now() + 10, () => {
        this.reassociations++
        this.set(request)
      })
    }
  }
}

/** libvirt waits for one answer, and for ever. */
function only(answers: readonly Buffer[]): Buffer {
  if (answers.length !== 1) throw new Error(`${answers.length} answers to one request: libvirt hangs`)
  return answers[0]!
}
