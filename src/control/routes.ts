/** Paths of the control protocol. Each handler takes what a request says and gives the JSON of its answer. */
import { ControlError } from './control-error.ts'
import type { ControlService, EventQuery } from './service.ts'

export interface RequestParts {
  /** Named parts of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The body as JSON; undefined when there was none. */
  readonly body: unknown
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

export type Handler = (service: ControlService, parts: RequestParts) => object | Promise<object>

interface Route {
  readonly path: RegExp
  /** Keys its query may have. */
  readonly query?: readonly string[]
  readonly methods: Readonly<Record<string, Handler>>
}

/** Schemas cost some 40 ms to load, so only the first request that has a body does it. */
const schemas = () => import('./validate.ts')

const ROUTES: readonly Route[] = [
  {
    path: /^\/v1\/status$/,
    query: ['vsis'],
    methods: { GET: (service, { query }) => service.status(query.get('vsis') === '1') },
  },
  {
    path: /^\/v1\/switch$/,
    query: ['port'],
    methods: { GET: (service, { query }) => service.switch(query.get('port') ?? undefined) },
  },
  {
    path: /^\/v1\/vsis$/,
    query: ['port'],
    methods: {
      GET: (service, { query }) => ({
        schema: 'qbg/v1/vsi-list',
        vsis: service.vsis(query.get('port') ?? undefined),
      }),
      POST: async (service, { body, signal }) => {
        const requests = (await schemas()).validateRequests(body)
        return { schema: 'qbg/v1/vsi-answers', answers: await service.request(requests, signal) }
      },
    },
  },
  {
    path: /^\/v1\/vsis\/(?<id>[^/]+)$/,
    query: ['port'],
    methods: {
      GET: (service, { parameters, query }) => ({
        schema: 'qbg/v1/vsi',
        vsi: service.vsi(parameters.id!, query.get('port') ?? undefined),
      }),
    },
  },
  {
    path: /^\/v1\/event-log$/,
    query: ['port', 'type', 'vsi', 'after', 'last'],
    methods: {
      GET: (service, { query }) => ({
        schema: 'qbg/v1/event-list',
        events: service.events(readEventQuery(query)),
      }),
    },
  },
  {
    path: /^\/v1\/drain$/,
    methods: {
      POST: async (service) => ({ schema: 'qbg/v1/drained', ...(await service.drainAndLeave()) }),
    },
  },
  {
    path: /^\/v1\/faults$/,
    query: ['name'],
    methods: {
      GET: (service) => service.faults(),
      POST: async (service, { body }) => service.setFaults((await schemas()).validateFaults(body).faults),
      DELETE: (service, { query }) => {
        const names = query.getAll('name')
        return service.clearFaults(names.length === 0 ? undefined : names)
      },
    },
  },
  {
    path: /^\/v1\/ports$/,
    methods: {
      GET: (service) => service.ports(),
      POST: async (service, { body }) => service.addPort((await schemas()).validatePortAddition(body).name),
    },
  },
  {
    path: /^\/v1\/ports\/(?<name>[^/]+)$/,
    methods: {
      PUT: async (service, { parameters, body }) =>
        service.setPortEnabled(parameters.name!, (await schemas()).validatePortChange(body).enabled),
      DELETE: (service, { parameters }) => service.removePort(parameters.name!),
    },
  },
  {
    path: /^\/v1\/log-level$/,
    methods: {
      GET: (service) => ({ schema: 'qbg/v1/log-level', level: service.logLevel() }),
      PUT: async (service, { body }) => {
        service.setLogLevel((await schemas()).validateLogLevel(body).level)
        return { schema: 'qbg/v1/log-level', level: service.logLevel() }
      },
    },
  },
]

export const EVENTS_PATH = '/v1/events'

/** The handler for a path and method, with the path's parameters. Throws ControlError when there is none. */
export function findRoute(
  method: string,
  path: string,
  query: URLSearchParams,
): Pick<RequestParts, 'parameters'> & { handler: Handler } {
  for (const route of ROUTES) {
    const match = route.path.exec(path)
    if (!match) continue
    const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined
    if (handler === undefined) throw wrongMethod(path, Object.keys(route.methods))
    requireKnown(query, route.query ?? [])
    return { handler, parameters: decodeAll(match.groups ?? {}) }
  }
  throw new ControlError('not-found', `no such path: ${path}`, {
    hint: 'the paths are listed in src/README.md, section "Control protocol"',
  })
}

/** Throws ControlError: a key that was mistyped would otherwise leave out what was meant. */
export function requireKnown(query: URLSearchParams, known: readonly string[]): void {
  const unknown = [...query.keys()].find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw new ControlError('bad-request', `unknown key "${unknown}" in the query`, {
    hint: known.length === 0 ? 'this path takes none' : `it takes ${known.join(', ')}`,
    path: unknown,
  })
}

export function wrongMethod(path: string, methods: readonly string[]): ControlError {
  return new ControlError('method-not-allowed', `${path} takes ${methods.join(' or ')}`)
}

/** `port`, `vsi`, `type` (repeatable), `after` and `last`. */
function readEventQuery(query: URLSearchParams): EventQuery {
  const types = query.getAll('type')
  return {
    port: query.get('port') ?? undefined,
    vsi: query.get('vsi') ?? undefined,
    types: types.length === 0 ? undefined : types,
    after: readCount(query, 'after'),
    last: readCount(query, 'last'),
  }
}

function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || /^\d{1,15}$/.test(text)) return text === null ? undefined : Number(text)
  throw new ControlError('bad-request', `${name} has to be a whole number, not "${text}"`, { path: name })
}

function decodeAll(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]))
  } catch (cause) {
    throw new ControlError('bad-request', 'the path is not correctly percent-encoded', { cause })
  }
}
