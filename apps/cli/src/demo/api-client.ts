import {
  ERRORS,
  type ErrorCode,
  modelVersionSchema,
  problemSchema,
  type Recommendations,
  recommendationsSchema,
  SommelierError,
  type TrainingRun,
  type TrainingRunRequest,
  trainingRunSchema,
} from '@sommelier/contracts';
import { z } from 'zod';

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

  async #ask<T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return schema.parse(answer);
    const problem = problemSchema.safeParse(answer);
    const code =
      problem.success && problem.data.code in ERRORS ? (problem.data.code as ErrorCode) : 'internal';
    const detail = problem.success ? problem.data.detail : `status ${response.status}`;
    throw new SommelierError(code, `${this.url}${path}: ${detail}`);
  }
}
