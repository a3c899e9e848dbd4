// Runs once, as root, in the image that it makes: `slipway` there is started by this very Node, wherever that is, and the
// first start leaves what V8 compiled of the program.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { join } = require('node:path');

const command = join(__dirname, 'bin/slipway');
/** Gives whoever runs it a name, where /etc/passwd can be written; who needs one without having it says so. */
const name = `const fs = require('node:fs');
try {
  const isNamed = new RegExp('^[^:]*:[^:]*:' + process.getuid() + ':', 'm').test(fs.readFileSync('/etc/passwd', 'utf8'));
  if (!isNamed) fs.appendFileSync('/etc/passwd', 'caller:x:' + process.getuid() + ':' + process.getgid() + '::/tmp:/bin/false\\n');
} catch {}
`;

fs.mkdirSync(join(__dirname, 'bin'));
// Where an engine puts the command's words behind the entry point, `command: [slipway, up]` says the name twice.
fs.writeFileSync(
  command,
  `#!${process.execPath} --disable-warning=ExperimentalWarning
${process.argv[2] === 'names' ? name : ''}if (process.argv[2] === 'slipway') process.argv.splice(2, 1);
require('../slipway.js');
`,
  { mode: 0o755 },
);
execFileSync(command, ['--version'], { stdio: 'inherit' });
