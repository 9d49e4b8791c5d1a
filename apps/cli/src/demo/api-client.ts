import {
  modelVersionSchema,
  type Recommendations,
  recommendationsSchema,
  type TrainingRun,
  type TrainingRunRequest,
  trainingRunSchema,
} from '@sommelier/contracts';
import { z } from 'zod';
import { askApi } from '../api/ask-api.ts';

const TIMEOUT_MS = 15_000;
const readySchema = z.object({ model: z.object({ version: z.string().nullable() }) });

/** The API of one replica, its answers checked. */
export class ApiClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  startTraining(request: TrainingRunRequest): Promise<TrainingRun> {
    return this.#ask('/v1/training-runs', trainingRunSchema, request);
  }

  trainingRun(id: string): Promise<TrainingRun> {
    return this.#ask(`/v1/training-runs/${id}`, trainingRunSchema);
  }

  model(version: string) {
    return this.#ask(`/v1/models/${version}`, modelVersionSchema);
  }

  recommendations(userId: string, n: number): Promise<Recommendations> {
    const path = `/v1/users/${encodeURIComponent(userId)}/recommendations?n=${n}`;
    return this.#ask(path, recommendationsSchema);
  }

  /** Version of the model that this replica serves; null before there is one. */
  async servedVersion(): Promise<string | null> {
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return readySchema.parse(await response.json()).model.version;
  }

  #ask<T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    return askApi(this.url, path, schema, body === undefined ? {} : { body });
  }
}
