/**
 * Who may import whom, what protocol/ may not touch, and how files are named. The tables below are the rules;
 * protocol/README.md and src/README.md tell the reasons.
 */
import { basename, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contents, filesBelow, type Import, importsOf } from '../support/source-tree.ts'

/** A folder may import from itself and from these; `module` is a package or a part of Node. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'protocol/wire': [],
  'protocol/lldp': ['protocol/wire', 'xstate'],
  'protocol/evb': ['protocol/wire', 'protocol/lldp', 'xstate'],
  'protocol/ecp': ['protocol/wire', 'xstate'],
  'protocol/vdp': ['protocol/wire', 'protocol/ecp', 'xstate'],
  'protocol/cdcp': ['protocol/wire', 'protocol/lldp'],
  'protocol/dissect': [
    'protocol/wire',
    'protocol/lldp',
    'protocol/evb',
    'protocol/cdcp',
    'protocol/ecp',
    'protocol/vdp',
  ],
  'protocol/engine': [
    'protocol/wire',
    'protocol/lldp',
    'protocol/evb',
    'protocol/ecp',
    'protocol/vdp',
    'xstate',
  ],
  'protocol/trace': ['protocol/wire', 'protocol/vdp', 'protocol/engine'],
  'src/runtime': ['protocol', 'src/io/frame-port.ts', 'src/netlink/link.ts', 'modules'],
  'src/io': [
    'protocol/wire',
    'src/netlink',
    'src/runtime/operational-error.ts',
    'src/runtime/clock.ts',
    'modules',
  ],
  'src/netlink': ['protocol/wire', 'src/io', 'src/runtime/operational-error.ts', 'modules'],
  'src/nftables': ['protocol/wire', 'src/netlink', 'src/io', 'src/runtime/operational-error.ts', 'modules'],
  'src/pcap': ['protocol/wire', 'src/runtime/operational-error.ts', 'modules'],
  'src/data-plane': [
    'protocol',
    'src/nftables',
    'src/netlink',
    'src/io',
    'src/control',
    'src/runtime',
    'modules',
  ],
  'src/libvirt': [
    'protocol',
    'src/io',
    'src/netlink',
    'src/control',
    'src/runtime/operational-error.ts',
    'modules',
  ],
  'src/state': ['protocol', 'src/io', 'src/control', 'src/runtime/operational-error.ts', 'modules'],
  'src/control': ['protocol', 'src/runtime', 'modules'],
  'src/faults': ['protocol', 'src/control', 'src/io', 'src/runtime'],
  'src/vsi-types': ['protocol', 'src/runtime', 'src/io', 'src/state', 'src/control', 'modules'],
  'src/admission': ['protocol', 'src/runtime/clock.ts', 'src/control', 'src/vsi-types', 'modules'],
  'src/daemon': [
    'protocol',
    'src/admission',
    'src/vsi-types',
    'src/faults',
    'src/runtime',
    'src/io',
    'src/netlink',
    'src/data-plane',
    'src/libvirt',
    'src/state',
    'src/control',
    'modules',
  ],
  'src/lab': ['protocol', 'src/runtime', 'src/control', 'src/netlink', 'src/io', 'modules'],
  'src/decode': ['protocol', 'src/pcap', 'src/control', 'modules'],
  'src/replay': ['protocol', 'src/runtime', 'src/pcap', 'modules'],
  'src/report': ['protocol', 'src/pcap', 'src/decode', 'src/replay', 'modules'],
  'src/send': [
    'protocol/wire',
    'src/pcap',
    'src/replay',
    'src/io',
    'src/netlink',
    'src/runtime/clock.ts',
    'src/runtime/operational-error.ts',
  ],
  'src/cli': [
    'protocol',
    'src/runtime/operational-error.ts',
    'src/runtime/standard-output.ts',
    'src/control',
    'src/lab',
    'src/decode',
    'src/pcap',
    'src/replay',
    'src/report',
    'src/send',
    'modules',
  ],
}

/** Commands that run something in their own process; every other command speaks to the daemon. */
const RUNS_IN_PROCESS: Readonly<Record<string, string>> = {
  'src/cli/daemon-command.ts': 'src/daemon',
  'src/cli/render-type.ts': 'src/vsi-types',
  'src/cli/type-edit.ts': 'src/vsi-types',
  'src/cli/type-queries.ts': 'src/vsi-types',
  'src/cli/types-file.ts': 'src/vsi-types',
  'src/cli/type-serve.ts': 'src/vsi-types',
}

/** Interfaces that the runtime is written against; their implementations are chosen in the composition root. */
const TYPES_ONLY = ['src/io/', 'src/netlink/']

const sources = [...filesBelow('protocol', '.ts'), ...filesBelow('src', '.ts')]
const imports = sources.flatMap(importsOf)

/** `src/control/schema/vsi.ts` belongs to `src/control`. */
function layerOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

const isModule = (to: string) => !to.startsWith('protocol/') && !to.startsWith('src/')
const within = (path: string, place: string) => path === place || path.startsWith(`${place}/`)

function isAllowed({ from, to }: Import): boolean {
  const layer = layerOf(from)
  const own = RUNS_IN_PROCESS[from]
  if (layerOf(to) === layer || (own !== undefined && within(to, own))) return true
  const allowed = MAY_IMPORT[layer] ?? []
  if (isModule(to)) return allowed.includes(to) || allowed.includes('modules')
  return allowed.some((place) => within(to, place))
}

const shown = ({ from, to }: Import) => `${from} -> ${to}`

describe('imports', () => {
  test('were found, in every layer that has a rule and a file', () => {
    expect(imports.length).toBeGreaterThan(sources.length)
    const layers = new Set(sources.filter((path) => path.split('/').length > 2).map(layerOf))
    expect([...layers].filter((layer) => !(layer in MAY_IMPORT))).toEqual([])
  })

  test('go in the direction of the layers only', () => {
    expect(imports.filter((one) => !isAllowed(one)).map(shown)).toEqual([])
  })

  test('name files that exist', () => {
    const known = new Set([...sources, ...filesBelow('test', '.ts')])
    const local = [...imports, ...filesBelow('test', '.ts').flatMap(importsOf)].filter(({ to }) =>
      /^(protocol|src|test)\//.test(to),
    )
    expect(local.filter(({ to }) => !known.has(to)).map(shown)).toEqual([])
  })

  test('protocol/ knows neither Node nor src/', () => {
    const foreign = imports.filter(
      ({ from, to }) => from.startsWith('protocol/') && /^(node:|src\/)/.test(to),
    )
    expect(foreign.map(shown)).toEqual([])
  })

  test('the runtime takes only types from the adapters', () => {
    const values = imports.filter(
      ({ from, to, typeOnly }) =>
        from.startsWith('src/runtime/') && !typeOnly && TYPES_ONLY.some((place) => to.startsWith(place)),
    )
    expect(values.map(shown)).toEqual([])
  })

  test('no codec imports a machine, and no machine another', () => {
    const toMachines = imports.filter(
      ({ from, to }) => to.endsWith('.machine.ts') && layerOf(from) !== 'protocol/engine',
    )
    expect(toMachines.map(shown)).toEqual([])
  })

  test('only machines and the engine use xstate', () => {
    const users = imports.filter(({ to }) => to === 'xstate').map(({ from }) => from)
    expect(users.length).toBeGreaterThan(0)
    expect(
      users.filter((path) => !path.endsWith('.machine.ts') && layerOf(path) !== 'protocol/engine'),
    ).toEqual([])
  })
})

describe('protocol/', () => {
  /** The compiler, with `types: []`, refuses most of these; this says so in words and finds the rest. */
  const IMPURE =
    /\b(Date\.now|new Date|Math\.random|performance\.|setTimeout|setInterval|setImmediate|queueMicrotask|process\.|Buffer\b|async |await |Promise\b|console\.|structuredClone)/

  test('has no clock, chance, timer, process or asynchrony', () => {
    const lines = filesBelow('protocol', '.ts').flatMap((path) =>
      code(path)
        .filter(({ text }) => IMPURE.test(text))
        .map(({ text, number }) => `${path}:${number} ${text.trim()}`),
    )
    expect(lines).toEqual([])
  })
})

describe('every file', () => {
  const all = [...sources, ...filesBelow('test', '.ts')]

  test('has a name of its own', () => {
    const vague =
      /^(utils?|helpers?|common|manager|types|misc|lib)\.ts$|-(utils?|helpers?|common|manager)\.ts$/
    expect(all.filter((path) => vague.test(basename(path)))).toEqual([])
    const notKebab = all.filter((path) => !/^[a-z0-9.-]+$/.test(basename(path)))
    expect(notKebab).toEqual([])
  })

  test('of the product has no enum, and at most 300 lines', () => {
    const enums = sources.filter((path) =>
      code(path).some(({ text }) => /^\s*(export )?(const )?enum /.test(text)),
    )
    expect(enums).toEqual([])
    const long = sources.map((path) => ({ path, lines: contents(path).split('\n').length - 1 }))
    expect(long.filter(({ lines }) => lines > 300)).toEqual([])
  })

  test('of the product opens by saying what it is', () => {
    expect(sources.filter((path) => !/^(#!.*\n)?\/\*\*/.test(contents(path)))).toEqual([])
  })

  test('holds no path of one machine and no registry', () => {
    const local = /[/](work|root)\/|\bregistry\.[a-z]/
    const text = filesBelow('.').filter((path) => !/\.(pcap|pcapng|png|svg)$/.test(path))
    expect(text).toContain('package.json')
    expect(text.filter((path) => local.test(contents(path)))).toEqual([])
  })
})

/** Lines without comments; strings stay. */
function code(path: string): { text: string; number: number }[] {
  const blank = (comment: string) => comment.replace(/[^\n]/g, '')
  const bare = contents(path)
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(^|\s)\/\/.*$/gm, '$1')
  return bare.split('\n').map((text, index) => ({ text, number: index + 1 }))
}

test('the reader of imports sees every form', () => {
  const own = importsOf(posix.join('test', 'unit', 'architecture.test.ts')).map(({ to }) => to)
  expect(own).toEqual(['node:path', 'vitest', 'test/support/source-tree.ts'])
  const dynamic = importsOf('src/cli/daemon-command.ts').map(({ to }) => to)
  expect(dynamic).toContain('src/daemon/config-file.ts')
  const types = importsOf('src/runtime/driver.ts').filter(({ typeOnly }) => typeOnly)
  expect(types.length).toBeGreaterThan(0)
})
