// Runs the bundle again and again in one Node, for warm.ts: each run has the bundle's own code, evaluated anew, with
// arguments, environment, folder and streams of its own. What Node costs to start is paid once.
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { compileFunction, constants } from 'node:vm';

const node = globalThis.process;
const bundle = node.argv[2];
const program = compileFunction(
  readFileSync(bundle, 'utf8').replace(/^#!.*/, ''),
  ['exports', 'require', 'module', '__filename', '__dirname', 'process'],
  { filename: bundle, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
);

const require = createRequire(bundle);

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
  program({}, require, { exports: {} }, bundle, dirname(bundle), run.process);
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
    exit: { value: (code) => exit(run, code) },
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
