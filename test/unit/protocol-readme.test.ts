import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { initialSnapshot } from '../../protocol/engine/chart.ts'
import {
  CHARTS,
  filesUnder,
  readRules,
  renderProtocolReadme,
  testsByRule,
} from '../support/protocol-readme.ts'
import { RULE_EXCEPTIONS } from '../support/rule-exceptions.ts'

const README = join(import.meta.dirname, '../../protocol/README.md')

describe('protocol/README.md', () => {
  it('is drawn from the code as it is (npm run docs)', () => {
    const drawn = renderProtocolReadme()
    if (process.env.QBG_UPDATE_DOCS === '1') writeFileSync(README, drawn)
    expect(readFileSync(README, 'utf8')).toBe(drawn)
  })

  it('shows every machine of the tree, and each one starts', () => {
    const machines = filesUnder('protocol', '.machine.ts')
    expect(CHARTS.map(([, file]) => `protocol/${file}`).sort()).toEqual(machines)
    for (const [, , machine] of CHARTS) expect(initialSnapshot(machine).value).toBe(machine.config.initial)
  })
})

describe('the checklist', () => {
  const tests = testsByRule()
  const rules = readRules().map(({ number }) => number)

  it('has the rules 1 to 83 and 97 to 209', () => {
    const range = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index)
    expect(rules).toEqual([...range(1, 83), ...range(97, 209)])
  })

  it('has a test that names each rule, or a reason why there is none', () => {
    expect(rules.filter((number) => !tests.has(number) && !(number in RULE_EXCEPTIONS))).toEqual([])
  })

  it('excuses no rule that a test names', () => {
    expect(Object.keys(RULE_EXCEPTIONS).filter((number) => tests.has(Number(number)))).toEqual([])
  })
})
