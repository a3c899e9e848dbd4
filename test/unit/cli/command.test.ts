import { command, type FlagsOf } from '../../../src/cli/command.ts';

test('a command has the flags of its own options, each with the type that the option says', async () => {
  let ran: unknown;
  const one = command({
    summary: '',
    positionals: '',
    options: {
      all: { type: 'boolean', summary: '' },
      'as-of': { type: 'string', summary: '' },
    },
    description: '',
    async run({ flags }) {
      const all: boolean | undefined = flags.all;
      const asOf: string | undefined = flags['as-of'];
      // @ts-expect-error: the command has no such option.
      ran = [all, asOf, flags.other];
      return 0;
    },
  });
  const flags: FlagsOf<typeof one.options> = { all: true, 'as-of': 'x' };
  await one.run({ flags } as Parameters<typeof one.run>[0]);
  expect(ran).toEqual([true, 'x', undefined]);
});
