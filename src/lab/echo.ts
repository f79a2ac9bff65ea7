/**
 * A program in a VM: answers UDP echo (RFC 862) and, when asked, sends datagrams to another VM's echo and counts
 * what comes back. Plain sockets of the kernel, with ARP and all; it knows nothing of 802.1Qbg.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { answerQuestions } from './part.ts'

const ECHO_PORT = 7
/** Between two datagrams. Milliseconds. */
const INTERVAL = 20

export interface ProbeRequest {
  readonly to: string
  /** Number of this probe; it marks its datagrams. */
  readonly run: number
  readonly count: number
  /** How long to wait for what has not come back. Milliseconds. */
  readonly patience: number
}

export interface ProbeResult {
  readonly sent: number
  readonly received: number
  /** Median round trip in milliseconds; null when nothing came back. */
  readonly roundTrip: number | null
}

const echo = createSocket('udp4')
echo.on('message', (octets, { address, port }) => echo.send(octets, port, address, () => {}))
echo.bind(ECHO_PORT)
await once(echo, 'listening')

answerQuestions({ probe })

async function probe({ to, run, count, patience }: ProbeRequest): Promise<ProbeResult> {
  const socket = createSocket('udp4')
  const sentAt = new Map<string, number>()
  const roundTrips: number[] = []
  const complete = new Promise<void>((resolve) => {
    socket.on('message', (octets) => {
      const at = sentAt.get(octets.toString())
      if (at === undefined || !sentAt.delete(octets.toString())) return
      if (roundTrips.push(performance.now() - at) === count) resolve()
    })
  })
  for (let sequence = 1; sequence <= count; sequence++) {
    const text = `qbg-lab run=${run} sequence=${sequence}`
    sentAt.set(text, performance.now())
    socket.send(text, ECHO_PORT, to, () => {}) // no route to a host that ARP does not find: a loss like any other
    await delay(INTERVAL)
  }
  await Promise.race([complete, delay(patience)])
  socket.close()
  return { sent: count, received: roundTrips.length, roundTrip: median(roundTrips) }
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? null
}
