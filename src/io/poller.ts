/**
 * One epoll set and one poll handle of the event loop for all sockets of the process. libuv stops watching a
 * descriptor for good when it reports an error, as a packet socket does when its interface goes down; the epoll
 * descriptor never reports one, so a port is not lost to a flap.
 *
 * Nothing may be thrown out of the handle's callback, it would wedge the process: exceptions come out of an
 * immediate instead.
 */
import koffi from 'koffi'
import { checked, close, epollControl, epollCreate, epollWait } from './libc.ts'

export const EPOLLIN = 1
export const EPOLLERR = 8

const EPOLL_CLOEXEC = 0x80000
const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
/** struct epoll_event is packed on x86-64 only. */
const DATA_OFFSET = process.arch === 'x64' ? 4 : 8
const EVENT_SIZE = DATA_OFFSET + 8
const MAX_EVENTS = 64

/** `events` is a set of EPOLLIN and EPOLLERR. */
export type OnReady = (events: number) => void

/** koffi 3.3 types the callback without `status`. */
type PollCallback = (status: number, events: { readonly readable: boolean }) => void
interface PollHandle {
  close(): void
}
const poll = koffi.node.poll as unknown as (fd: number, options: object, callback: PollCallback) => PollHandle

class Poller {
  readonly #members = new Map<number, OnReady>()
  readonly #events = Buffer.allocUnsafeSlow(MAX_EVENTS * EVENT_SIZE)
  #epoll = -1
  /** Kept: an unreferenced handle is collected and the sockets go deaf. */
  #handle: PollHandle | undefined
  #token = 0

  /**
   * Calls `onReady` whenever `fd` has something to read or an error to take, until the returned function is
   * called, which must happen before `fd` is closed. Keeps the process alive. Throws SystemCallError.
   */
  watch(fd: number, onReady: OnReady): () => void {
    this.#open()
    const token = this.#nextToken()
    const event = Buffer.alloc(EVENT_SIZE)
    event.writeUInt32LE(EPOLLIN, 0)
    event.writeUInt32LE(token, DATA_OFFSET)
    try {
      checked('epoll_ctl', epollControl(this.#epoll, EPOLL_CTL_ADD, fd, event))
    } catch (error) {
      this.#closeWhenUnused()
      throw error
    }
    this.#members.set(token, onReady)
    return () => {
      if (!this.#members.delete(token)) return
      epollControl(this.#epoll, EPOLL_CTL_DEL, fd, event)
      this.#closeWhenUnused()
    }
  }

  /** Names a membership, not a descriptor: a number used again must not get its predecessor's events. */
  #nextToken(): number {
    do this.#token = (this.#token + 1) >>> 0
    while (this.#members.has(this.#token))
    return this.#token
  }

  #open(): void {
    if (this.#epoll >= 0) return
    const epoll = checked('epoll_create1', epollCreate(EPOLL_CLOEXEC))
    try {
      this.#handle = poll(epoll, { readable: true }, () => this.#onPoll())
    } catch (error) {
      close(epoll)
      throw error
    }
    this.#epoll = epoll
  }

  /** An open handle keeps the process from ending. */
  #closeWhenUnused(): void {
    if (this.#members.size > 0 || this.#epoll < 0) return
    this.#handle?.close()
    this.#handle = undefined
    close(this.#epoll)
    this.#epoll = -1
  }

  /** Level-triggered: what does not fit into one round comes with the next. */
  #onPoll(): void {
    const count = epollWait(this.#epoll, this.#events, MAX_EVENTS, 0)
    const ready: [token: number, events: number][] = []
    for (let at = 0; at < count * EVENT_SIZE; at += EVENT_SIZE) {
      ready.push([this.#events.readUInt32LE(at + DATA_OFFSET), this.#events.readUInt32LE(at)])
    }
    for (const [token, events] of ready) this.#dispatch(token, events)
  }

  #dispatch(token: number, events: number): void {
    try {
      this.#members.get(token)?.(events)
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }
}

/** The poller of this process. */
export const poller = new Poller()
