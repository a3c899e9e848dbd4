/** Stands wherever a secret does; nothing that is said may hold it. */
export const canary = 'C4n4ryB1rd';
