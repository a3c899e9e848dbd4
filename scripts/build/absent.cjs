/** Stands in the program for what libraries load and Slipway does not use: they extend the classes, or ask for the thread. */
module.exports = Object.assign(class {}, {
  CommandLineAction: class {},
  CommandLineParser: class {},
  isMainThread: true,
});
