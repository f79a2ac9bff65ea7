/** The client of the control protocol: what the command line and other programs reach a daemon with. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { ControlError, isControlCode } from './control-error.ts'
import type { ErrorAnswer } from './schema/envelope.ts'
import type { EventAnswer, EventListAnswer } from './schema/event.ts'
import type { FaultClearAnswer, FaultListAnswer, FaultRequestInput } from './schema/fault.ts'
import type { PortListAnswer } from './schema/port-list.ts'
import type { DrainedAnswer, LogLevelAnswer, StatusAnswer } from './schema/status.ts'
import type { SwitchAnswer } from './schema/switch.ts'
import type { RequestAnswers, VsiAnswer, VsiListAnswer } from './schema/vsi.ts'
import type { VsiRequestsInput } from './schema/vsi-request.ts'
import type { EventQuery } from './service.ts'

/** Milliseconds a daemon may take for what it knows at once; one that takes longer is stuck. */
const PATIENCE = 10_000
/** The longest limit that a station can be given, and the last write of its state. */
const DRAIN_PATIENCE = 620_000
/** Seconds, when a request does not say; as in `schema/vsi-request.ts`. */
const DEFAULT_WAIT = 30

/** Methods throw ControlError: what the daemon answered, or that there is none. */
export class ControlClient {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** `withVsis`: with the VSIs of the MIB. */
  status(withVsis = false): Promise<StatusAnswer> {
    return this.#ask('GET', `/v1/status${withVsis ? '?vsis=1' : ''}`)
  }

  switch(port?: string): Promise<SwitchAnswer> {
    return this.#ask('GET', `/v1/switch${query(port)}`)
  }

  vsis(port?: string): Promise<VsiListAnswer> {
    return this.#ask('GET', `/v1/vsis${query(port)}`)
  }

  vsi(id: string, port?: string): Promise<VsiAnswer> {
    return this.#ask('GET', `/v1/vsis/${encodeURIComponent(id)}${query(port)}`)
  }

  /** Waits up to `wait` seconds for the switch; the answers are in the order of the requests. */
  request(requests: VsiRequestsInput): Promise<RequestAnswers> {
    const patience = (requests.wait ?? DEFAULT_WAIT) * 1000 + PATIENCE
    return this.#ask('POST', '/v1/vsis', requests, patience)
  }

  /** The daemon leaves; answered when it has de-associated its VSIs, or could not in the time it has for it. */
  drain(): Promise<DrainedAnswer> {
    return this.#ask('POST', '/v1/drain', {}, DRAIN_PATIENCE)
  }

  logLevel(): Promise<LogLevelAnswer> {
    return this.#ask('GET', '/v1/log-level')
  }

  setLogLevel(level: string): Promise<LogLevelAnswer> {
    return this.#ask('PUT', '/v1/log-level', { level })
  }

  ports(): Promise<PortListAnswer> {
    return this.#ask('GET', '/v1/ports')
  }

  /** An interface, or a pattern for names. */
  addPort(name: string): Promise<PortListAnswer> {
    return this.#ask('POST', '/v1/ports', { name })
  }

  removePort(name: string): Promise<PortListAnswer> {
    return this.#ask('DELETE', `/v1/ports/${encodeURIComponent(name)}`)
  }

  setPortEnabled(name: string, enabled: boolean): Promise<PortListAnswer> {
    return this.#ask('PUT', `/v1/ports/${encodeURIComponent(name)}`, { enabled })
  }

  faults(): Promise<FaultListAnswer> {
    return this.#ask('GET', '/v1/faults')
  }

  /** Sets them all or none; the list afterwards. */
  setFaults(faults: FaultRequestInput['faults']): Promise<FaultListAnswer> {
    return this.#ask('POST', '/v1/faults', { faults })
  }

  /** Those of these names, or all. */
  clearFaults(names: readonly string[] = []): Promise<FaultClearAnswer> {
    const query = new URLSearchParams(names.map((name): [string, string] => ['name', name]))
    return this.#ask('DELETE', `/v1/faults?${query}`)
  }

  /** Events the daemon has kept, oldest first. */
  eventLog({ types = [], ...rest }: EventQuery = {}): Promise<EventListAnswer> {
    const query = new URLSearchParams(types.map((type): [string, string] => ['type', type]))
    for (const [name, value] of Object.entries(rest)) if (value !== undefined) query.set(name, String(value))
    return this.#ask('GET', `/v1/event-log?${query}`)
  }

  /**
   * Events from now on; the first one is `subscribed`. Ends when the daemon says that it has ended the stream, or when
   * `signal` is aborted; one that is cut off throws `daemon-gone`.
   */
  async *events(port?: string, signal?: AbortSignal): AsyncGenerator<EventAnswer> {
    try {
      const response = await this.#send('GET', `/v1/events${query(port)}`, undefined, signal)
      if (response.statusCode !== 200) throw await refusal(response)
      for await (const line of linesOf(response)) yield JSON.parse(line) as EventAnswer
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  }

  async #ask<T>(method: string, path: string, body?: object, patience = PATIENCE): Promise<T> {
    const response = await this.#send(method, path, body, AbortSignal.timeout(patience))
    if (response.statusCode !== 200) throw await refusal(response)
    return JSON.parse(await textOf(response)) as T
  }

  #send(method: string, path: string, body?: object, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        socketPath: this.path,
        method,
        path,
        headers: { host: 'qbg', ...(body && { 'content-type': 'application/json' }) },
        ...(signal && { signal }),
      })
      request.on('response', resolve)
      request.on('error', (cause: NodeJS.ErrnoException) => {
        // The daemon closed the connection for idleness while this request was on its way.
        const isStale = request.reusedSocket && cause.code === 'ECONNRESET' && !signal?.aborted
        if (isStale) resolve(this.#send(method, path, body, signal))
        else reject(unreachable(this.path, cause))
      })
      request.end(body && JSON.stringify(body))
    })
  }
}

function query(port: string | undefined): string {
  return port === undefined ? '' : `?port=${encodeURIComponent(port)}`
}

/** Whole lines, without those that are empty. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  response.setEncoding('utf8')
  for await (const part of arriving(response)) {
    const lines = `${rest}${part}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}

/** What arrives of an answer; throws ControlError when it is cut off. */
async function* arriving<Part>(response: AsyncIterable<Part>): AsyncGenerator<Part> {
  try {
    for await (const part of response) yield part
  } catch (cause) {
    throw new ControlError('daemon-gone', 'the daemon went away before it had answered', {
      hint: 'it was ended, or ended by itself: its log may say more',
      cause,
    })
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of arriving<Buffer>(response)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

async function refusal(response: IncomingMessage): Promise<ControlError> {
  const text = await textOf(response)
  try {
    const { code, message, hint, path } = (JSON.parse(text) as ErrorAnswer).error
    return new ControlError(isControlCode(code) ? code : 'internal', message, { hint, path })
  } catch {
    return new ControlError('internal', `the daemon answered HTTP ${response.statusCode} without a reason`)
  }
}

function unreachable(path: string, cause: Error): ControlError {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') {
    return new ControlError('control-denied', `no permission to use the control socket ${path}`, {
      hint: 'run qbg as the user who started the daemon, or name another socket with --control PATH',
      cause,
    })
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK' || code === 'ENOTDIR') {
    return new ControlError('no-daemon', `no qbg daemon answers on ${path}`, {
      hint: 'start one with "qbg station IFACE" or "qbg bridge IFACE", or name its socket with --control PATH or QBG_CONTROL',
      cause,
    })
  }
  const reason = code === 'ABORT_ERR' ? 'nothing came for some time' : cause.message
  return new ControlError('daemon-gone', `the daemon on ${path} did not answer: ${reason}`, {
    hint: 'its log may say more',
    cause,
  })
}
