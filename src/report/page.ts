/**
 * The page as one HTML document that needs nothing else: style, script and data are in it, and its Content-Security-Policy
 * allows nothing but these two, by their hashes. What a capture says is only ever JSON or escaped text.
 */
import { createHash } from 'node:crypto'
import type { ReportModel } from './model.ts'

/** How every report begins: by this one is known that may be overwritten. */
export const REPORT_MARK = '<!doctype html>\n<!-- qbg report -->\n'

export interface Assets {
  readonly script: string
  readonly style: string
}

/** Frames that are turned into text at a time. */
const PART = 500

/** The document in parts. `verdict`: the same as text, for who runs no scripts. */
export function* renderPage(model: ReportModel, verdict: string, assets: Assets): Generator<string> {
  const script = assets.script.replaceAll(/<(?=\/script|!--|script)/gi, '\\x3c')
  const { style } = assets
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  yield `${REPORT_MARK}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="qbg ${escapeHtml(model.version)}">
<title>${escapeHtml(model.title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>
<h1>${escapeHtml(model.title)}</h1>
<p>The diagram, the lanes and the filters need JavaScript, which is off here. The verdict as text:</p>
<pre>${escapeHtml(verdict)}</pre>
</noscript>
<script type="application/json" id="report-data">`
  yield* renderModel(model)
  yield `</script>
<script>${script}</script>
</body>
</html>
`
}

function* renderModel({ frames, ...rest }: ReportModel): Generator<string> {
  yield `${toJson(rest).slice(0, -1)},"frames":[`
  for (let first = 0; first < frames.length; first += PART) {
    const part = toJson(frames.slice(first, first + PART)).slice(1, -1)
    yield first === 0 ? part : `,${part}`
  }
  yield ']}'
}

/** JSON in which no HTML can begin or end, and no text turns its direction for who reads the source. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()].map((unit) => escapeUnit(character.charCodeAt(unit))).join(''),
  )
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}

export function escapeHtml(text: string): string {
  return text.replaceAll(UNSAFE, (character) => ENTITIES[character] ?? '\ufffd')
}

/** Besides the characters of HTML: controls but line feed, and what turns the direction of text. */
const UNSAFE = /[&<>"']|(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
