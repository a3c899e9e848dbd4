// Runs the program again and again in one Node, for warm.ts: each run has the program's own code, evaluated anew, with
// arguments, environment, folder and streams of its own. What Node costs to start is paid once.
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { compileFunction, constants } from 'node:vm';

const node = globalThis.process;
const bundle = node.argv[2];
const folder = join(dirname(bundle), 'program');
const require = createRequire(bundle);

const given = ['exports', 'require', 'module', '__filename', '__dirname', 'process'];
const codeOf = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
);
/** The part that a start loads is a function, the others are the bodies of such functions. */
const isFunction = (code) => code.startsWith('(function(exports,');
const [start] = [...codeOf].find(([, code]) => isFunction(code));
const compiled = new Map();

/** A part of the program, compiled once. */
function compile(name) {
  const code = codeOf.get(name);
  const whole = isFunction(code)
    ? `return ${code.trimEnd()}(exports, require, module, __filename, __dirname);`
    : code;
  const options = {
    filename: join(folder, name),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  };
  const part = compiled.get(name) ?? compileFunction(whole, given, options);
  compiled.set(name, part);
  return part;
}

/** Runs the program, which loads parts of itself as it needs them. */
function runProgram(process) {
  const modules = new Map();
  const load = (path) => {
    const name = path.replace(/^\.\//, '');
    if (!codeOf.has(name)) return require(path);
    const known = modules.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    compile(name)(module.exports, load, module, join(folder, name), folder, process);
    return module.exports;
  };
  load(start);
}

/** Ends the code that called `process.exit()`. */
const ended = Symbol('ended');
/** The run that is under way. */
let current = null;

for (const event of ['uncaughtException', 'unhandledRejection']) {
  node.on(event, (error) => {
    if (error !== ended) current?.process.emit(event, error);
  });
}
node.on('disconnect', () => node.exit());
node.on('message', (wanted) => {
  for (const name of Object.keys(node.env)) delete node.env[name];
  Object.assign(node.env, wanted.env);
  node.chdir(wanted.cwd);
  const run = { process: null, written: { stdout: '', stderr: '' } };
  run.process = processOf(run, wanted.args);
  current = run;
  globalThis.process = run.process;
  runProgram(run.process);
});

const emitting = ['on', 'once', 'off', 'addListener', 'removeListener', 'emit', 'listeners', 'listenerCount'];

/** Node's own `process`, but for what a run has to itself. */
function processOf(run, args) {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return Object.create(node, {
    argv: { value: [node.argv[0], bundle, ...args] },
    stdout: { value: streamInto(run.written, 'stdout') },
    stderr: { value: streamInto(run.written, 'stderr') },
    exitCode: { value: undefined, writable: true },
    exit: { value: (code) => exit(run, code), writable: true },
    ...Object.fromEntries(emitting.map((name) => [name, { value: emitter[name].bind(emitter) }])),
  });
}

const streamInto = (written, name) =>
  new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      written[name] += chunk;
      done();
    },
  });

function exit(run, code) {
  if (current === run) {
    if (code !== undefined) run.process.exitCode = code;
    run.process.emit('exit', run.process.exitCode);
    current = null;
    globalThis.process = node;
    // As the end of a process does.
    for (const handle of node._getActiveHandles()) if (handle !== node.channel) handle.destroy?.();
    node.send({ code: run.process.exitCode, ...run.written });
  }
  throw ended;
}
