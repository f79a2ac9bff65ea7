/** What "Security" in src/README.md says of dependencies and of programs that are started. */
import { describe, expect, it } from 'vitest'
import { contents, filesBelow, importsOf } from '../support/source-tree.ts'

interface Package {
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>
}

const ours = JSON.parse(contents('package.json')) as Package
const lock = JSON.parse(contents('package-lock.json')) as Lock
const sources = filesBelow('src', '.ts').concat(filesBelow('protocol', '.ts'))

describe('dependencies', () => {
  const { dependencies, optionalDependencies, devDependencies } = ours
  const all = { ...dependencies, ...optionalDependencies, ...devDependencies }

  it('are nine at run time, and one that may be missing', () => {
    expect(Object.keys(dependencies)).toHaveLength(9)
    expect(Object.keys(optionalDependencies)).toEqual(['raw-socket'])
  })

  it.each(Object.entries(all))('%s is of one version, %s, and that is locked', (name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(lock.packages[`node_modules/${name}`]?.version).toBe(version)
  })

  it('are locked by what they contain, their own dependencies too', () => {
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
    expect(packages.length).toBeGreaterThan(100)
    expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
  })
})

describe('programs', () => {
  const importers = (name: string) =>
    sources.filter((path) => importsOf(path).some(({ to }) => to === `node:${name}` || to === name))

  it('are started by the lab only, and what a shell runs is fixed', () => {
    const starting = importers('child_process')
    expect(starting).not.toEqual([])
    expect(starting.filter((path) => !path.startsWith('src/lab/'))).toEqual([])
    const shells = starting.flatMap((path) => contents(path).match(/\bshell:.*|'(sh|bash)'.*/g) ?? [])
    expect(shells).toEqual([expect.stringMatching(/^'sh', '-c', TRIAL\]/)])
  })

  it('are not made of what is received', () => {
    expect([...importers('vm'), ...importers('cluster')]).toEqual([])
    expect(sources.filter((path) => /\beval\(|\bnew Function\(/.test(contents(path)))).toEqual([])
  })
})
