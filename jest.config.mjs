const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    },
  ],
};
/** @param {string} name @param {readonly string[]} setup @param {object} more */
const project = (name, setup = [], more = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  extensionsToTreatAsEsm: [],
  transform,
  setupFilesAfterEnv: ['<rootDir>/test/support/no-leaks.ts', ...setup],
  ...more,
});

const patience = '<rootDir>/test/support/patience.ts';

export default {
  // A quarter of the time a test waits for servers: three at a time keep two cores busy.
  maxWorkers: 3,
  projects: [
    project('unit'),
    project('database', [patience, '<rootDir>/test/support/sampled.ts'], {
      globalSetup: '<rootDir>/test/support/servers-up.ts',
      globalTeardown: '<rootDir>/test/support/servers-down.ts',
    }),
    project('image', [patience]),
  ],
};
