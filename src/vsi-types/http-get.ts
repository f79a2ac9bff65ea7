/** GET over HTTP or HTTPS, of a small text. Redirections are not followed: a manager is where its address says. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** Rejects with an error whose message says why in a few words. */
export type HttpGet = (url: string, signal: AbortSignal) => Promise<HttpAnswer>

const MAX_OCTETS = 1 << 16

export const httpGet: HttpGet = async (url, signal) => {
  try {
    const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
    return { status: response.status, text: await readText(response) }
  } catch (error) {
    throw new Error(reasonOf(error as Error), { cause: error })
  }
}

async function readText({ body }: Response): Promise<string> {
  if (body === null) return ''
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    length += part.length
    if (length > MAX_OCTETS) throw new Error(`it answers more than ${MAX_OCTETS} octets`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ECONNRESET: 'the connection was cut',
}

/** What `fetch` says is behind its "fetch failed". */
function reasonOf(error: Error): string {
  const cause = error.cause as (NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }) | undefined
  const inner = cause?.errors?.[0] ?? cause
  return REASONS[inner?.code ?? ''] ?? inner?.message ?? error.message
}
