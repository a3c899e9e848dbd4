#!/usr/bin/env node
'use strict';
/**
 * Runs the program from what V8 compiled of it once, all of it: to compile what a start runs takes longer than all that
 * a start does. Where there is nothing compiled yet, and a place for it, it is compiled and kept.
 */
const fs = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const name = 'START';
const file = join(__dirname, 'program', name);
const kept = join(__dirname, 'compile-cache', `${name}-${process.version}-${process.arch}`);

const start = new Module(file);
start.filename = file;
const load = Module.createRequire(file);
// The other parts import it by name.
load.cache[file] = start;
const source = fs.readFileSync(file, 'latin1');
compiled().runInThisContext().call(start.exports, start.exports, load, start, file, dirname(file));
start.loaded = true;

function compiled() {
  try {
    // V8 refuses what another V8, or one with other flags, has compiled.
    return new Script(source, { filename: file, cachedData: fs.readFileSync(kept) });
  } catch {
    return compileAll() ?? new Script(source, { filename: file });
  }
}

/** Null where nothing can be kept beside the program. */
function compileAll() {
  const aside = `${kept}.${process.pid}`;
  // What is in it is run: whatever the umask, nobody else may write it.
  const isPlace = succeeds(() => {
    fs.mkdirSync(dirname(kept), { recursive: true, mode: 0o755 });
    fs.writeFileSync(aside, '', { flag: 'wx', mode: 0o644 });
  });
  if (!isPlace) return null;
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--no-lazy');
  const script = new Script(source, { filename: file });
  setFlagsFromString('--lazy');
  const isKept = succeeds(() => {
    fs.writeFileSync(aside, script.createCachedData(), { flush: true });
    fs.renameSync(aside, kept);
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
