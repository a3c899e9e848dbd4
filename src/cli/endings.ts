/** After a signal the server is asked to cancel; whoever has not answered by then, milliseconds later, is left. */
export const mostAfterSignalMs = 4_500;
/** The same after a deadline, or an error that nobody waits for: what a module waits for may never come. */
export const mostAfterAbortMs = 10_000;
/** Of that, the time in which a list of databases says what became of each. */
export const leastForSummaryMs = 1_000;
