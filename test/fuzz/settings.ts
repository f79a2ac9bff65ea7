/** YAML of people: configuration, VSI types, expectations. A mistake is told; nothing else is thrown. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ControlError } from '../../src/control/control-error.ts'
import { parseConfig } from '../../src/daemon/config-file.ts'
import { planPorts } from '../../src/daemon/settings.ts'
import { compareExpectation, parseExpectation } from '../../src/replay/expectation.ts'
import { Reconstruction } from '../../src/replay/reconstruction.ts'
import { ReplayError } from '../../src/replay/replay-error.ts'
import { toVerdict } from '../../src/replay/verdict.ts'
import { parseTypes } from '../../src/vsi-types/type-text.ts'

const README = join(process.cwd(), 'src/README.md')
const VERDICT = toVerdict('fuzz', new Reconstruction())

/** The examples of the documentation, whole and line by line. */
export function* seeds(): Generator<Uint8Array> {
  for (const [, text = ''] of readFileSync(README, 'utf8').matchAll(/```yaml\n(.*?)```/gs)) {
    yield new TextEncoder().encode(text)
    yield new TextEncoder().encode(text.replace(/^# /gm, ''))
  }
  yield new TextEncoder().encode(
    'qbg: 1\nframes: { lldp: 3 }\nvsis: { a: { path: ["*", granted] } }\nfindings: {}\n',
  )
}

export function fuzz(data: Uint8Array): void {
  const text = Buffer.from(data).toString('utf8')
  refusedAtMost(() => {
    const settings = parseConfig(text, 'fuzz')
    for (const role of ['station', 'bridge'] as const) planPorts(role, ['eth0'], settings)
  })
  refusedAtMost(() => parseConfig(text, 'fuzz', 'bridge'))
  refusedAtMost(() => parseTypes(text, 'fuzz'))
  refusedAtMost(() => compareExpectation(parseExpectation(text, 'fuzz'), VERDICT, 'fuzz'))
}

function refusedAtMost(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof ControlError || error instanceof ReplayError)) throw error
  }
}
