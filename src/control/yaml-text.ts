/**
 * A YAML text against a schema. Every mistake is named by file, line, column, key and value, with what would be
 * accepted; several are told at once. JSON is YAML too.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml'
import type * as z from 'zod'
import { ControlError } from './control-error.ts'
import { acceptedKeys } from './schema/accepted-keys.ts'
import { deepest, explainIssue } from './schema/issue-text.ts'

/** Mistakes told at once. */
const MAX_TOLD = 10

/** What a text means and how its places are named. */
interface Source {
  readonly document: Document
  readonly lines: LineCounter
  readonly file: string
}

/** The value in `text`. `file` is only its name in messages. Throws ControlError `bad-config`. */
export function readYaml<S extends z.ZodType>(schema: S, text: string, file: string): z.infer<S> {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false, // which compares each key with all others; `slipIn` does not
  })
  const [broken] = document.errors
  if (broken) throw badConfig([`${file}:${position(lines, broken.pos[0])}: ${explainBroken(broken)}`])
  const slip = slipIn(document)
  if (slip !== undefined) throw badConfig([`${file}:${position(lines, slip.offset)}: ${slip.text}`])
  const result = schema.safeParse(toValue(document, file), { reportInput: true })
  if (result.success) return result.data
  const source = { document, lines, file }
  const mistakes = result.error.issues.flatMap((issue) => describeIssue(issue, schema, source))
  throw badConfig(mistakes.sort((a, b) => a.offset - b.offset).map(({ text }) => text))
}

function explainBroken({ code, message }: YAMLParseError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here (---); a file has one'
  return `not valid YAML: ${message}`
}

/** The first alias without an anchor before it, or key that its map has already; in one walk, however many there are. */
function slipIn(document: Document): Mistake | undefined {
  const anchors = new Set<string>()
  let found: Mistake | undefined
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) found = withoutAnchor(node, anchors)
      else if (node.anchor) anchors.add(node.anchor)
      if (isMap(node)) found = keyTwice(node)
      return found === undefined ? undefined : visit.BREAK
    },
  })
  return found
}

function withoutAnchor({ source, range }: Alias, anchors: ReadonlySet<string>): Mistake | undefined {
  if (anchors.has(source)) return undefined
  return { offset: range?.[0] ?? 0, text: `there is no anchor &${source} before *${source}` }
}

function keyTwice({ items }: YAMLMap): Mistake | undefined {
  const keys = new Set<unknown>()
  for (const { key } of items) {
    if (!isScalar(key)) continue
    if (keys.has(key.value)) return { offset: key.range?.[0] ?? 0, text: `a second key "${key.value}"` }
    keys.add(key.value)
  }
  return undefined
}

/** A section without anything in it (`ports:` and nothing below) says nothing. */
function toValue(document: Document, file: string): unknown {
  try {
    const value: unknown = document.toJS() ?? {}
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null))
  } catch (cause) {
    throw new ControlError('bad-config', `${file}: ${(cause as Error).message}`, { cause })
  }
}

interface Mistake {
  readonly offset: number
  readonly text: string
}

/** One for most issues; one for each key when several are unknown. */
function describeIssue(found: z.core.$ZodIssue, schema: z.ZodType, source: Source): Mistake[] {
  const { document, lines, file } = source
  const issue = deepest(found)
  const each =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue]
  return each.map((one) => {
    const { path, message, hint } = explainIssue(one, acceptedKeys(schema, one.path))
    const at = one.code === 'unrecognized_keys' ? [...one.path, one.keys[0]!] : one.path
    const offset = offsetOf(document, at)
    const place = `${file}:${position(lines, offset)}: ${path ? `${path}: ` : ''}`
    return { offset, text: place + message + (hint === undefined ? '' : ` (${hint})`) }
  })
}

/** Where the value at `path` starts; its key when that says more, the nearest thing around it when it is missing. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  if (path.length === 0) return document.contents?.range?.[0] ?? 0
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  const key = isMap(parent)
    ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
    : null
  const value = document.getIn(path, true)
  const node = key ?? value
  return isNode(node) && node.range ? node.range[0] : offsetOf(document, path.slice(0, -1))
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `${Math.max(line, 1)}:${Math.max(col, 1)}`
}

function badConfig(mistakes: readonly string[]): ControlError {
  const more = mistakes.length > MAX_TOLD ? [`and ${mistakes.length - MAX_TOLD} more`] : []
  return new ControlError('bad-config', [...mistakes.slice(0, MAX_TOLD), ...more].join('\n'))
}
