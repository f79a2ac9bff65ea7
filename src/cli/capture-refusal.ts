/** A capture that cannot be read, as the error of the command line it is. */
import { ControlError } from '../control/control-error.ts'
import { CaptureError, type CaptureErrorCode } from '../pcap/captured-packet.ts'

/** Undefined for any other error. `path` is as the user named it. */
export function captureRefusal(error: unknown, path: string): ControlError | undefined {
  if (!(error instanceof CaptureError)) return undefined
  const { code, message, offset } = error
  const where = code === 'unreadable' || code === 'not-a-capture' ? '' : `, at octet ${offset}`
  return new ControlError('bad-capture', `${path === '-' ? 'standard input' : path}: ${message}${where}`, {
    hint: HINTS[code],
  })
}

const HINTS: Readonly<Record<CaptureErrorCode, string>> = {
  unreadable: 'name a capture file, or - for standard input',
  'not-a-capture': 'qbg reads pcap and pcapng, compressed with gzip or not',
  truncated: 'everything before that was read; was the capture still being written',
  malformed: 'everything before that was read',
  'bad-gzip': 'everything that could be decompressed was read',
}
