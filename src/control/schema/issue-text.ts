/** What a schema found wrong, in words: where, which value, what is accepted, and what was probably meant. */
import type * as z from 'zod'
import { closest } from './closest.ts'

export interface IssueText {
  /** `evb.rte`, `requests[0].filter`; empty for the whole. */
  readonly path: string
  readonly message: string
  readonly hint?: string
}

type Issue = z.core.$ZodIssue

/** `keys` are those that would be accepted where an unknown one was found. */
export function explainIssue(issue: Issue, keys: readonly string[] = []): IssueText {
  const best = deepest(issue)
  const path = formatPath(best.path)
  if (best.code !== 'unrecognized_keys') return { path, message: describe(best) }
  const [key = ''] = best.keys
  const meant = closest(key, keys)
  const accepted = keys.length > 0 ? { hint: `accepted here: ${keys.join(', ')}` } : {}
  const message = `unknown key "${key}"${meant === undefined ? '' : `, did you mean "${meant}"?`}`
  return { path: formatPath([...best.path, key]), message, ...accepted }
}

/** Of the branches of a union the one that went furthest is what the writer meant. */
export function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue
  const inner = issue.errors.flatMap((branch) => (branch[0] ? [deepest(branch[0])] : []))
  const furthest = inner.find(
    ({ path, code }) => path.length > 0 || code === 'custom' || code === 'unrecognized_keys',
  )
  return furthest === undefined ? issue : { ...furthest, path: [...issue.path, ...furthest.path] }
}

function describe(issue: Issue): string {
  const got = 'input' in issue && issue.input !== undefined ? `, not ${show(issue.input)}` : ''
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `has to be ${TYPE_WORDS[issue.expected] ?? issue.expected}${got}`
    case 'invalid_value':
      return `has to be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}${got}`
    case 'too_small':
      return `has to be ${bound(issue.origin, 'at least', issue.minimum)}${got}`
    case 'too_big':
      return `has to be ${bound(issue.origin, 'at most', issue.maximum)}${got}`
    case 'invalid_union':
      return `has to be ${alternatives(issue)}${issue.errors.length > 0 ? got : ''}`
    case 'custom':
      return issue.message
    default:
      return `${issue.message}${got}`
  }
}

function alternatives(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const { options } = issue as { readonly options?: readonly unknown[] }
  if (options !== undefined) return options.map((value) => JSON.stringify(value)).join(' or ')
  const words = issue.errors.flatMap((branch) => branch.slice(0, 1).map((inner) => alternative(inner)))
  return [...new Set(words)].join(' or ') || 'another value'
}

function alternative(issue: Issue): string {
  if (issue.code === 'invalid_type') return TYPE_WORDS[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ')
  if (issue.code === 'invalid_format') return FORMAT_WORDS[issue.format] ?? issue.format
  return describe({ ...issue, input: undefined } as Issue).replace('has to be ', '')
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
}

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  mac: 'a MAC address',
}

function bound(origin: string, word: string, limit: number | bigint): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : ''
  return `${word} ${limit}${unit}`
}

/** A value as it was written, cut to what fits a line. */
function show(value: unknown): string {
  const text = written(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** What is nested deeper than JSON.stringify can follow is not shown. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}'
  }
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('')
}
