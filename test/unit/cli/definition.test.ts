import { definitionOf } from '../../../src/cli/definition.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { commands } from '../../../src/cli/table.ts';
import { settings } from '../../../src/config/settings.ts';
import { exitCodes } from '../../../src/core/errors.ts';

test('help --json prints the whole command line as data', async () => {
  const line = await parseCommandLine(['help', '--json']);
  const said = JSON.parse(line.kind === 'print' ? line.text : '');
  expect(said).toEqual(await definitionOf(commands));
  expect(said.commands.map(({ name }: { name: string }) => name)).toEqual(Object.keys(commands));
  expect(said.commands.find(({ name }: { name: string }) => name === 'adopt')?.options[0]).toEqual({
    option: '--as',
    value: 'VERSION',
    isList: false,
    summary: expect.any(String),
  });
  expect(said.settings).toHaveLength(settings.length);
  expect(said.exitCodes).toHaveLength(Object.keys(exitCodes).length);
});

test('each option that it names is one that the command takes', async () => {
  const definition = await definitionOf(commands);
  const shared = [...definition.options, ...definition.settings];
  for (const { name, options } of definition.commands) {
    for (const { option, value } of [...shared, ...options]) {
      if (option === null) continue;
      const words = [name, ...(name === 'completion' ? ['bash'] : []), option, ...(value ? ['x'] : [])];
      expect(await parseCommandLine(words)).toHaveProperty('kind');
    }
  }
});

test.each([
  ['help up', /^Usage: slipway up \[OPTION/],
  ['help help', /^Usage: slipway help \[COMMAND\]/],
])('slipway %s', async (line, text) => {
  expect(await parseCommandLine(line.split(' '))).toMatchObject({ text: expect.stringMatching(text) });
});

test.each([
  ['help upp', /unknown command "upp"/],
  ['completion', /needs the name of a shell/],
  ['completion tcsh', /no completion for the shell "tcsh"/],
])('slipway %s is wrong usage', async (line, message) => {
  await expect(parseCommandLine(line.split(' '))).rejects.toMatchObject({
    code: 64,
    message: expect.stringMatching(message),
  });
});
