/** `qbg decode`: a capture as text, JSON or counts. Needs no daemon and no privilege. */
import { ControlError, EXIT } from '../control/control-error.ts'
import { CaptureStats } from '../decode/capture-stats.ts'
import { decodeCapture, type FrameSink } from '../decode/decode.ts'
import { FilterError, type FilterTexts, parseFilter } from '../decode/display-filter.ts'
import { FrameJson } from '../decode/frame-json.ts'
import { FrameText } from '../decode/frame-text.ts'
import { Output } from '../decode/output.ts'
import { Progress } from '../decode/progress.ts'
import { statsAnswer, statsRows } from '../decode/stats-report.ts'
import { CaptureReader } from '../pcap/capture-reader.ts'
import { captureRefusal } from './capture-refusal.ts'
import { printJson, printLines } from './output.ts'
import { styleOf } from './style.ts'
import { layOut } from './table.ts'

export interface DecodeOptions extends FilterTexts {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly stats?: boolean
  readonly absolute?: boolean
}

/** 0; 1 when a frame that was shown is malformed. Throws ControlError for a bad capture or filter. */
export async function decode(path: string, options: DecodeOptions): Promise<number> {
  const filter = refusing('bad-usage', () => parseFilter(options))
  const reader = refusing('bad-capture', () => new CaptureReader(path), path)
  const stats = options.stats ? new CaptureStats() : undefined
  const sink = stats ? countInto(stats) : frameSink(options)
  const quiet = !process.stderr.isTTY || (process.stdout.isTTY && !stats)
  const progress = quiet ? undefined : new Progress(process.stderr, reader)
  let broken: unknown
  let malformed = 0
  try {
    malformed = (await decodeCapture(reader, filter, sink, progress)).malformed
  } catch (error) {
    broken = error
  }
  // A broken file does not take back what was in it.
  if (stats && (broken === undefined || stats.frames > 0)) printStats(stats, options.json === true)
  if (broken !== undefined) refusing('bad-capture', () => raise(broken), path)
  return malformed > 0 ? EXIT.refused : EXIT.ok
}

function countInto(stats: CaptureStats): FrameSink {
  return { take: (packet, d) => stats.count(packet, d), flush: async () => {} }
}

function frameSink({ json, verbose, absolute }: DecodeOptions): FrameSink {
  const output = new Output(process.stdout)
  const flush = () => output.flush()
  if (json) {
    const frames = new FrameJson()
    return { take: (packet, d) => frames.render(packet, d, output), flush }
  }
  const text = new FrameText(styleOf(process.stdout), absolute === true)
  if (verbose) return { take: (packet, d, start) => output.text(text.tree(packet, d, start)), flush }
  return { take: (packet, d, start) => output.text(text.line(packet, d, start)), flush }
}

function printStats(stats: CaptureStats, json: boolean): void {
  if (json) return printJson(statsAnswer(stats))
  const { counts, ports } = statsRows(stats)
  printLines([...layOut(counts, [1]), ...(ports.length > 0 ? [''] : []), ...layOut(ports, [1, 2, 3, 4, 5])])
}

function raise(error: unknown): never {
  throw error
}

/** What `run` returns; a filter or capture that is wrong as the error of the command line it is. */
function refusing<T>(code: 'bad-usage' | 'bad-capture', run: () => T, path = ''): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof FilterError)
      throw new ControlError(code, error.message, { hint: 'qbg decode --help' })
    throw captureRefusal(error, path) ?? error
  }
}
