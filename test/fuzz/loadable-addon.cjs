/**
 * Lets Jazzer.js load on systems whose C library is older than the one its prebuilt libFuzzer was made on (Debian 12 has
 * glibc 2.36, it wants 2.38). What it takes from the newer ones are two functions, strtol and strtoul under the names they
 * have for C23, and a mark of libstdc++ that is never called. In a copy of the addon the two get their old names, and the
 * newer versions are marked as not required. Where the addon loads as it is, nothing is done. Source: elf(5).
 */
const { readFileSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const C23 = '__isoc23_'
const NEWER = ['GLIBC_2.38', 'GLIBCXX_3.4.32']
const SHT_DYNSYM = 11
const SHT_GNU_VERNEED = 0x6ffffffe
const SHT_GNU_VERSYM = 0x6fffffff
const SYMBOL_SIZE = 24
const VER_FLG_WEAK = 2
/** A symbol of any version. */
const VER_NDX_GLOBAL = 1

const load = process.dlopen
process.dlopen = function dlopen(module, file, ...flags) {
  try {
    return load.call(this, module, file, ...flags)
  } catch (error) {
    if (!NEWER.some((version) => error.message.includes(version))) throw error
    const copy = join(__dirname, '../../dist/fuzz', `fuzzer-${process.pid}.node`)
    writeFileSync(copy, forOlderLibraries(readFileSync(file)))
    try {
      return load.call(this, module, copy, ...flags)
    } finally {
      rmSync(copy) // what is loaded stays
    }
  }
}

function forOlderLibraries(elf) {
  const sections = readSections(elf)
  const ofType = (type) => sections.find((section) => section.type === type)
  const symbols = ofType(SHT_DYNSYM)
  const names = sections[symbols.link]
  const nameAt = (at) => elf.toString('latin1', names.offset + at, elf.indexOf(0, names.offset + at))
  for (let index = 0; index < symbols.size / SYMBOL_SIZE; index++) {
    const at = symbols.offset + index * SYMBOL_SIZE
    const name = elf.readUInt32LE(at)
    if (!nameAt(name).startsWith(C23)) continue
    elf.writeUInt32LE(name + C23.length, at)
    elf.writeUInt16LE(VER_NDX_GLOBAL, ofType(SHT_GNU_VERSYM).offset + 2 * index)
  }
  for (const at of versionsNeeded(elf, ofType(SHT_GNU_VERNEED))) {
    if (NEWER.includes(nameAt(elf.readUInt32LE(at + 8)))) elf.writeUInt16LE(VER_FLG_WEAK, at + 4)
  }
  return elf
}

function readSections(elf) {
  const start = Number(elf.readBigUInt64LE(0x28))
  return Array.from({ length: elf.readUInt16LE(0x3c) }, (_, index) => {
    const at = start + 64 * index
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
      link: elf.readUInt32LE(at + 40),
      info: elf.readUInt32LE(at + 44),
    }
  })
}

/** Where each Elf64_Vernaux is. */
function* versionsNeeded(elf, { offset, info }) {
  for (let file = 0, at = offset; file < info; file++, at += elf.readUInt32LE(at + 12)) {
    const count = elf.readUInt16LE(at + 2)
    for (let one = 0, aux = at + elf.readUInt32LE(at + 8); one < count; one++) {
      yield aux
      aux += elf.readUInt32LE(aux + 12)
    }
  }
}
