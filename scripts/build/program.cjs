#!/usr/bin/env node
'use strict';
/**
 * Runs the program from what V8 compiled of it once, all of it: to compile what a start runs takes longer than all that
 * a start does. Where there is nothing compiled yet, and a place for it, it is compiled and kept.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const name = 'START';
const home = dirname(fs.realpathSync(__filename));
const file = join(home, 'program', name);
const kept = join(home, 'compile-cache', `${name}-${process.version}-${process.arch}`);
const digestLength = 32;

const start = new Module(file);
start.filename = file;
const load = Module.createRequire(file);
// The other parts import it by name.
load.cache[file] = start;
const bytes = fs.readFileSync(file);
const source = bytes.toString('latin1');
compiled().runInThisContext().call(start.exports, start.exports, load, start, file, dirname(file));
start.loaded = true;

function compiled() {
  const read = readKept(kept);
  if (read instanceof Script) return read;
  // What V8 with other flags has compiled is refused: that of these has a file of its own.
  const own = read === 'refused' ? `${kept}-${require('node:v8').cachedDataVersionTag()}` : kept;
  const again = own === kept ? null : readKept(own);
  return again instanceof Script ? again : (compileAll(own) ?? new Script(source, { filename: file }));
}

/**
 * Null where nothing is there, or nothing that was compiled of this very source and is whole: V8 checks neither, and
 * runs what a bad disk has made of it.
 *
 * @param {string} path
 */
function readKept(path) {
  try {
    // Of a FIFO nothing comes.
    const flag = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);
    const all = fs.readFileSync(path, { flag });
    const cachedData = all.subarray(digestLength);
    if (!digestOf(cachedData).equals(all.subarray(0, digestLength))) return null;
    const script = new Script(source, { filename: file, cachedData });
    return script.cachedDataRejected ? 'refused' : script;
  } catch {
    return null;
  }
}

/** @param {Buffer} cachedData */
function digestOf(cachedData) {
  return createHash('sha256').update(bytes).update(cachedData).digest();
}

/**
 * Null where nothing can be kept beside the program.
 *
 * @param {string} path
 */
function compileAll(path) {
  const aside = `${path}.${process.pid}.${Date.now().toString(36)}`;
  // What is in it is run: whatever the umask, nobody else may write it.
  const isPlace = succeeds(() => {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    fs.writeFileSync(aside, '', { flag: 'wx', mode: 0o644 });
  });
  if (!isPlace) return null;
  const { setFlagsFromString } = require('node:v8');
  // Not what was compiled a moment ago because what is kept was refused: that is not all.
  for (const flag of ['--no-lazy', '--no-compilation-cache']) setFlagsFromString(flag);
  const script = new Script(source, { filename: file });
  for (const flag of ['--lazy', '--compilation-cache']) setFlagsFromString(flag);
  const isKept = succeeds(() => {
    const cachedData = script.createCachedData();
    fs.writeFileSync(aside, Buffer.concat([digestOf(cachedData), cachedData]), { flush: true });
    fs.renameSync(aside, path);
  });
  if (!isKept) succeeds(() => fs.rmSync(aside));
  return script;
}

/** @param {() => void} work */
function succeeds(work) {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
