import type { PipelineObserver } from '../../../alert-bridge/notify/pipeline.ts';

/** Of a pipeline whose figures nobody reads. */
export const observer = (unexpected: PipelineObserver['unexpected']): PipelineObserver => ({
  decided: () => undefined,
  channelChanged: () => undefined,
  retrying: () => undefined,
  delivered: () => undefined,
  unexpected,
});
