/** The form of the snapshot; another number means that hashes cannot be compared. */
export const snapshotFormat = 2;
