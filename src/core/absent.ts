/** Stands in the bundle for what libraries load and Slipway does not use: umzug extends the classes, pino asks for the thread. */
export class CommandLineAction {}
export class CommandLineParser {}
export const isMainThread = true;
