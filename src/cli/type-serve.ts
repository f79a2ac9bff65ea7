/** `qbg type serve`: a small VSI manager in the foreground, until it is interrupted. */
import { ControlError, EXIT } from '../control/control-error.ts'
import { serveTypes } from '../vsi-types/type-server.ts'
import { readNumber } from './number-option.ts'
import { printJsonLine, printLines } from './output.ts'

interface ServeOptions {
  readonly file?: string
  readonly listen: string
  readonly delay: string
  readonly json?: boolean
}

export async function serve(argument: string | undefined, options: ServeOptions): Promise<number> {
  const named = argument ?? options.file ?? process.env.QBG_TYPES
  if (!named) {
    throw new ControlError('bad-usage', 'which file of VSI types?', { hint: 'qbg type serve FILE' })
  }
  const { host, port } = readListen(options.listen)
  const delay = readNumber(options.delay, '--delay', 0, 3_600_000)
  const server = await serveTypes({ path: named, host, port, delay })
  const { path, types } = server.file
  if (options.json) printJsonLine({ schema: 'qbg/v1/type-server', url: server.url, file: path, types })
  else printLines([`qbg type serve: ${types} VSI types of ${path} on ${server.url}`])
  await interrupted()
  await server.close()
  return EXIT.ok
}

/** `8080`, `127.0.0.1:8080`, `[::1]:8080`, `:8080`. */
function readListen(text: string): { host: string; port: number } {
  const match = /^(?:(.*):)?(\d{1,5})$/.exec(text)
  if (!match) throw new ControlError('bad-usage', `--listen "${text}" is not HOST:PORT or PORT`)
  const host = match[1]?.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1'
  return { host, port: readNumber(match[2]!, '--listen', 0, 65_535) }
}

function interrupted(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
  })
}
