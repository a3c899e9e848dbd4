import fc from 'fast-check';
import pg from 'pg';
import { canary } from '../canary.ts';
import { runCommand } from '../commands.ts';
import { openFakeServer, type Recording, record, type Script } from '../fake-server.ts';
import type { Family } from '../family.ts';
import { openWorkshop } from '../workshop.ts';

/** A message of the protocol, in full. */
interface Change {
  /** 0 is the greeting, then one for each answer. */
  readonly answer: number;
  readonly message: number;
  readonly kind: 'drop' | 'repeat' | 'flip' | 'cut' | 'length' | 'type' | 'insert' | 'garbage';
  readonly at: number;
  readonly value: number;
  /** Latin-1. */
  readonly bytes: string;
}

export interface AnswersInput {
  /** Latin-1, as all bytes here. */
  readonly tls: string;
  readonly authentication: readonly { readonly bytes: string; readonly waits: boolean }[];
  readonly changes: readonly Change[];
  readonly command: 'plan' | 'up' | 'wait';
  readonly sslmode: 'disable' | 'prefer' | 'require';
}

const message = (type: string, body: string): string => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return type + length.toString('latin1') + body;
};
const number = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes.toString('latin1');
};

const anyBytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 20,
});
const word = fc.oneof(
  fc.constantFrom(
    '',
    'x',
    'FATAL',
    'ERROR',
    'PANIC',
    '28P01',
    '57P03',
    '3D000',
    '25P02',
    '08P01',
    'XX000',
    '\n    at here',
    'a\nb',
    '\xff\xfe',
    '%s %d',
    '-1',
    '999999999999',
  ),
  anyBytes.map((text) => text.replaceAll('\0', '')),
);
const fields = fc
  .array(
    fc.tuple(
      fc.constantFrom('S', 'V', 'C', 'M', 'D', 'H', 'P', 'W', 'p', 'q', 's', 't', 'R', 'L', 'F', 'Z'),
      word,
    ),
    { maxLength: 6 },
  )
  .map((all) => `${all.map(([field, text]) => `${field}${text}\0`).join('')}\0`);
const inserted = fc.oneof(
  fields.map((body) => message('E', body)),
  fields.map((body) => message('N', body)),
  fc.tuple(word, word).map(([name, value]) => message('S', `${name}\0${value}\0`)),
  fc.constantFrom('I', 'T', 'E', 'x', '').map((state) => message('Z', state)),
  fc
    .tuple(
      fc.constantFrom(
        'T',
        'D',
        'C',
        'I',
        'A',
        'G',
        'H',
        'W',
        'd',
        'c',
        'K',
        'R',
        'v',
        's',
        'n',
        't',
        '1',
        '2',
        '3',
        'V',
        'X',
        '\0',
      ),
      anyBytes,
    )
    .map(([type, body]) => message(type, body)),
);
const change: fc.Arbitrary<Change> = fc.record({
  answer: fc.nat({ max: 3 }),
  message: fc.nat({ max: 20 }),
  kind: fc.constantFrom(
    'drop',
    'repeat',
    'flip',
    'flip',
    'cut',
    'length',
    'type',
    'insert',
    'insert',
    'garbage',
  ),
  at: fc.nat({ max: 400 }),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(-1, -2147483648, 2147483647, 4, 3, 0)),
  bytes: fc.oneof(inserted, anyBytes),
});
const mechanisms = fc.constantFrom(
  'SCRAM-SHA-256\0\0',
  'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0',
  'OAUTHBEARER\0\0',
  '\0',
  '',
  'SCRAM-SHA-256',
);
const authentication = fc.oneof(
  fc.constant({ bytes: message('R', number(0)), waits: false }),
  fc
    .constantFrom(3, 5, 7, 8, 9, 2, 6, 99, -1)
    .map((kind) => ({ bytes: message('R', number(kind)), waits: kind === 3 })),
  anyBytes.map((salt) => ({ bytes: message('R', number(5) + salt), waits: true })),
  mechanisms.map((list) => ({ bytes: message('R', number(10) + list), waits: true })),
  fc
    .constantFrom(
      'r=x,s=eA==,i=1',
      'r=,s=,i=',
      'r=x,s=!,i=4096',
      'r=x,s=eA==,i=99999999',
      'e=other-error',
      '',
      'm=x',
    )
    .map((text) => ({ bytes: message('R', number(11) + text), waits: true })),
  anyBytes.map((text) => ({ bytes: message('R', number(12) + text), waits: false })),
);

/** What a server may say that is not well, or not PostgreSQL. */
export const answersInputs: fc.Arbitrary<AnswersInput> = fc.record({
  tls: fc.oneof(
    { weight: 8, arbitrary: fc.constant('N') },
    {
      weight: 2,
      arbitrary: fc.constantFrom('S', '', 'E', 'G', 'NN', message('E', 'SFATAL\0C0A000\0Mno\0\0')),
    },
    { weight: 1, arbitrary: anyBytes },
  ),
  authentication: fc.oneof(
    { weight: 3, arbitrary: fc.constant([{ bytes: message('R', number(0)), waits: false }]) },
    { weight: 2, arbitrary: fc.array(authentication, { maxLength: 3 }) },
  ),
  changes: fc.array(change, { maxLength: 3 }),
  command: fc.constantFrom('plan', 'plan', 'up', 'wait'),
  sslmode: fc.constantFrom('disable', 'disable', 'prefer', 'require'),
});

/** The script that an input makes of a recording. */
export function scriptOf({ greeting, answers }: Recording, input: AnswersInput): Script {
  const all = [greeting, ...answers].map((messages) => messages.map((one) => Buffer.from(one)));
  let said: Part[] = all.map((messages) => ({ messages, isCut: false }));
  for (const one of input.changes) {
    const at = one.answer % said.length;
    said = said.map((part, index) => (index !== at ? part : at === 0 ? applied(part, one) : kept(part, one)));
  }
  const cut = said.findIndex(({ isCut }) => isCut);
  const whole = cut < 0 ? said : said.slice(0, cut + 1);
  const [first, ...rest] = whole.map(({ messages }) => Buffer.concat(messages));
  return {
    tls: Buffer.from(input.tls, 'latin1'),
    authentication: input.authentication.map(({ bytes, waits }) => ({
      bytes: Buffer.from(bytes, 'latin1'),
      waits,
    })),
    greeting: first ?? Buffer.alloc(0),
    answers: rest,
  };
}

interface Part {
  readonly messages: readonly Buffer[];
  /** Nothing comes after it. */
  readonly isCut: boolean;
}

/**
 * As `applied`, for an answer to a query. What its rows say stays: other rows cannot be told from true ones. After what
 * cannot be read nothing comes, lest the rest be read as rows.
 */
function kept(part: Part, change: Change): Part {
  const { messages } = part;
  const index = messages.length === 0 ? 0 : change.message % messages.length;
  const isOfRows = (one: number | undefined): boolean => one === 0x54 || one === 0x44;
  switch (change.kind) {
    case 'insert': {
      const { messages: longer } = applied(part, change);
      return /^[ENSA]/.test(change.bytes) && change.bytes.length >= 5
        ? { ...part, messages: longer }
        : {
            messages: isOfRows(change.bytes.charCodeAt(0)) ? messages : longer.slice(0, index + 1),
            isCut: true,
          };
    }
    // Without the end of a result its rows would be the next one's.
    case 'drop':
      return applied(
        part,
        isOfRows(messages[index]?.[0]) || messages[index]?.[0] === 0x43 ? { ...change, kind: 'cut' } : change,
      );
    case 'flip':
    case 'length':
    case 'type':
    case 'garbage': {
      const isRow =
        isOfRows(messages[index]?.[0]) || (change.kind !== 'length' && isOfRows(change.value & 0xff));
      const changed = applied(part, isRow ? { ...change, kind: 'cut' } : change);
      return { messages: changed.messages.slice(0, index + 1), isCut: true };
    }
    default:
      return applied(part, change);
  }
}

function applied({ messages, isCut }: Part, { kind, message: n, at, value, bytes }: Change): Part {
  const index = messages.length === 0 ? 0 : n % messages.length;
  const one = Buffer.from(messages[index] ?? Buffer.alloc(0));
  const extra = Buffer.from(bytes, 'latin1');
  const put = (...these: Buffer[]): Part => ({
    messages: [...messages.slice(0, index), ...these, ...messages.slice(index + 1)],
    isCut,
  });
  switch (kind) {
    case 'drop':
      return put();
    case 'repeat':
      return put(one, one);
    case 'flip':
      if (one.length > 0) one[at % one.length] = value & 0xff;
      return put(one);
    case 'cut':
      return { messages: [...messages.slice(0, index), one.subarray(0, at % (one.length + 1))], isCut: true };
    case 'length':
      if (one.length >= 5) one.writeInt32BE(value, 1);
      return put(one);
    case 'type':
      if (one.length > 0) one[0] = value & 0xff;
      return put(one);
    case 'insert':
      return put(extra, one);
    case 'garbage':
      return put(
        Buffer.concat([one.subarray(0, at % (one.length + 1)), extra, one.subarray(at % (one.length + 1))]),
      );
  }
}

/** The bytes that a server sends, from the answer to the request for TLS on. */
export async function answers(): Promise<Family<AnswersInput>> {
  const workshop = await openWorkshop();
  const fake = await openFakeServer();
  const run = (command: string, port: number, sslmode: string) =>
    runCommand(command, {
      directory: workshop.project.directory,
      env: { ...workshop.env('head'), PGPORT: String(port), PGSSLMODE: sslmode },
      flags: command === 'wait' ? { timeout: '0' } : {},
    });
  const recordings = {
    plan: await record(workshop.port, (port) => run('plan', port, 'disable')),
    up: await record(workshop.port, (port) => run('up', port, 'disable')),
    wait: await record(workshop.port, (port) => run('wait', port, 'disable')),
  };
  const { project } = workshop;
  await workshop.stop();
  return {
    name: 'answers',
    share: 0.03,
    isPure: false,
    inputs: answersInputs,
    async run(input) {
      fake.play(scriptOf(recordings[input.command], input));
      const ended = await run(input.command, fake.port, input.sslmode);
      const isObjection =
        ended.error instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(ended.error.code ?? '');
      const isGivenAway = fake.received.includes(canary);
      return {
        ...ended,
        // An objection to a statement of Slipway's own, under a code that none foresees: nobody but a bug gives that.
        ...(isObjection
          ? { error: null, exit: 'objection', said: [...ended.said, String(ended.error)] }
          : {}),
        broken: [...ended.broken, ...(isGivenAway ? ['the password was sent in clear text'] : [])],
      };
    },
    async destroy() {
      await fake.close();
      project.destroy();
    },
  };
}
