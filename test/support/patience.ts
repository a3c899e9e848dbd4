// Servers start, stop and recover in these tests, on machines that do other things as well.
jest.setTimeout(60_000);
