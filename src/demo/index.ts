/**
 * Shows what Slipway does, step by step, on a server of its own. It runs the same commands that a user would, and
 * ends with an error where the database says something else than the story.
 */
export { lastScreen } from './chapters.ts';
export { tellReset } from './reset.ts';
export { createScreen } from './screen.ts';
export { setStage } from './stage.ts';
export { tellStory } from './story.ts';
