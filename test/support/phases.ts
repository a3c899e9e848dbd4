/** What a run said in its JSON log, apart from how far it was. */
export const withoutPhases = (stderr: string): string => stderr.replaceAll(/^\{.*"event":"phase".*\n/gm, '');
