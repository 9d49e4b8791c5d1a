import { z } from 'zod';

/** What a speed run prints, whichever program it is. */
export const speedSchema = z.object({
  samplesPerSecond: z.number().positive(),
  blocks: z.array(z.number().positive()).min(1),
  peakRssBytes: z.number().positive(),
  versions: z.record(z.string(), z.unknown()).optional(),
});
export type SpeedRun = z.infer<typeof speedSchema>;

/** What a run over whole epochs prints. */
export const qualitySchema = z.object({
  losses: z.array(z.number()).min(1),
  trainingSeconds: z.number().positive(),
  hr10: z.number(),
  ndcg10: z.number(),
});
export type QualityRun = z.infer<typeof qualitySchema>;

/** What to run, the same for every program. */
export interface RunRequest {
  readonly data: string;
  readonly batch: number;
  readonly threads: number;
  readonly warm: number;
  readonly seconds: number;
  /** 0: measure speed for `seconds`; otherwise train so many epochs and rank what is held out. */
  readonly epochs: number;
  readonly seed: number;
}
