/**
 * Stands in the bundle for packages that libraries load but Slipway never uses. The classes are those that umzug's
 * own command line extends while it loads; pino asks for the thread.
 */
export class CommandLineAction {}
export class CommandLineParser {}
export const isMainThread = true;
