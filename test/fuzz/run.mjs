// Fuzzes decoders and ports, guided by coverage: npm run fuzz -- --help
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const HELP = `npm run fuzz -- [--seconds N] [--jobs N] [TARGET...]

Gives each target octets, those that reach new code again with changes, by Jazzer.js (libFuzzer). It starts from pcaps/,
from test/vectors/fuzz/, and from what earlier runs on this machine found worth keeping (dist/fuzz-corpus/). Octets that
break a claim are written to test/vectors/fuzz/TARGET/, where the tests take them from then on.

  --seconds N  for all targets together (60)
  --jobs N     targets at a time (1)
`
const ROOT = resolve(import.meta.dirname, '../..')
const BUILT = join(ROOT, 'dist/fuzz')
const NOT_TARGETS = ['byte-source', 'port-life', 'scenario-seeds', 'target']
/** They wait for promises; the others run while the event loop does not turn, which is faster. */
const ASYNCHRONOUS = ['control']
/** A seed like the others for libFuzzer, which does no harm. Its quotes and backslashes are JSON's. */
const DICTIONARY = 'words'
/** Of a second, that Jazzer takes to start and is not for finding anything. */
const MIN_SECONDS = 1
/** Milliseconds that one run of a target may take on a busy machine. */
const TIMEOUT = 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, jobs: { type: 'string', default: '1' }, help: { type: 'boolean' } },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}

const known = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3))
  .filter((name) => !NOT_TARGETS.includes(name))
const unknown = positionals.find((name) => !known.includes(name))
if (unknown !== undefined) {
  console.error(`there is no target ${unknown}; there are ${known.join(', ')}`)
  process.exit(2)
}
const targets = positionals.length > 0 ? positionals : known
const jobs = Number(values.jobs)
const seconds = Math.max(Math.round((Number(values.seconds) * jobs) / targets.length), MIN_SECONDS)

build()
const waiting = [...targets]
let failed = 0
await Promise.all(Array.from({ length: jobs }, work))
console.log(`${targets.length - failed} of ${targets.length} targets held, ${seconds} s each`)
process.exitCode = failed === 0 ? 0 : 1

function build() {
  const { status } = spawnSync('npx', ['--no-install', 'tsc', '-p', import.meta.dirname], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
  if (!existsSync(join(BUILT, 'pcaps'))) symlinkSync('../../pcaps', join(BUILT, 'pcaps'))
}

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) if (!(await fuzz(name))) failed++
}

/** Whether the target held. */
async function fuzz(name) {
  const module = join(BUILT, 'test/fuzz', `${name}.js`)
  const corpus = join(ROOT, 'dist/fuzz-corpus', name)
  const vectors = join(ROOT, 'test/vectors/fuzz', name)
  const seeds = mkdtempSync(join(tmpdir(), 'qbg-fuzz-'))
  mkdirSync(corpus, { recursive: true })
  await writeSeeds(module, seeds)
  const words = existsSync(join(seeds, DICTIONARY)) ? [`-dict=${join(seeds, DICTIONARY)}`] : []
  const old = existsSync(vectors) ? [relative(ROOT, vectors)] : []
  const { code, said } = await jazzer([
    relative(ROOT, module),
    relative(ROOT, corpus),
    seeds,
    ...old,
    ...(ASYNCHRONOUS.includes(name) ? [] : ['--sync']),
    ...['--includes', 'dist/fuzz/'],
    ...['--disable_bug_detectors', '.*'],
    ...['--timeout', String(TIMEOUT)],
    '--',
    `-max_total_time=${seconds}`,
    '-max_len=2048',
    ...words,
    `-artifact_prefix=${seeds}/found-`,
  ])
  const found = readdirSync(seeds).filter((file) => file.startsWith('found-'))
  for (const file of found) keep(name, vectors, readFileSync(join(seeds, file)))
  rmSync(seeds, { recursive: true })
  const held = code === 0 && found.length === 0
  console.log(`${held ? 'ok  ' : 'FAIL'}  ${name.padEnd(10)} ${summary(said)}`)
  if (!held) console.log(said.split('\n').filter((line) => !/^(#\d|INFO|Skip|0x|Base64)/.test(line)).slice(-40).join('\n'))
  return held
}

async function writeSeeds(module, folder) {
  const code = `import(${JSON.stringify(module)}).then(({ seeds, words }) => {
    let number = 0
    if (words) require('node:fs').writeFileSync(${JSON.stringify(join(folder, DICTIONARY))}, words.map((word) => JSON.stringify(word) + '\\n').join(''))
    for (const seed of seeds()) require('node:fs').writeFileSync(${JSON.stringify(folder)} + '/' + number++, seed)
  })`
  const child = spawn(process.execPath, ['-e', code], { cwd: ROOT, stdio: 'inherit' })
  await new Promise((done) => child.once('close', done))
}

function jazzer(options) {
  const command = join(ROOT, 'node_modules/@jazzer.js/core/dist/cli.js')
  const preload = join(import.meta.dirname, 'loadable-addon.cjs')
  const child = spawn(process.execPath, ['--require', preload, command, ...options], { cwd: ROOT })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      said = (said + part).slice(-200_000)
    })
  }
  return new Promise((done) => child.once('close', (code, signal) => done({ code, said: signal ? `${said}\nended by ${signal}` : said })))
}

function keep(name, folder, octets) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, createHash('sha1').update(octets).digest('hex').slice(0, 12))
  writeFileSync(file, octets)
  console.log(`FOUND ${name}: ${octets.length} octets in ${relative(ROOT, file)}`)
}

/** What libFuzzer said of its work last. */
function summary(said) {
  const runs = /Done (\d+) runs in (\d+) second/.exec(said)
  const cov = said.match(/cov: (\d+) ft: (\d+) corp: (\S+)/g)?.at(-1) ?? ''
  return runs ? `${runs[1]} runs in ${runs[2]} s, ${cov}` : cov
}
