import {
  batchAnswerSchema,
  batchRequestSchema,
  ERRORS,
  eventsAnswerSchema,
  eventsRequestSchema,
  explanationSchema,
  funnelSchema,
  healthSchema,
  idSchema,
  itemsAnswerSchema,
  itemsRequestSchema,
  listRecommendationsSchema,
  MAX_ID_CODE_POINTS,
  manifestSchema,
  mergeAnswerSchema,
  mergeRequestSchema,
  metricsSchema,
  modelsSchema,
  modelVersionSchema,
  problemSchema,
  queueStateSchema,
  readinessSchema,
  recommendationsSchema,
  recommendedItemSchema,
  runConfigSchema,
  runEventSchema,
  schedulesSchema,
  servingStatusSchema,
  shownScheduleSchema,
  similarItemsSchema,
  submittedRunSchema,
  trainingRunSchema,
  trainingRunsSchema,
  whyNotSchema,
} from '@sommelier/contracts';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Answers, and the parts of them that come more than once, by their name in the document. */
const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  RecommendedItem: recommendedItemSchema,
  Explanation: explanationSchema,
  Recommendations: recommendationsSchema,
  ListRecommendations: listRecommendationsSchema,
  BatchRecommendations: batchAnswerSchema,
  SimilarItems: similarItemsSchema,
  WhyNot: whyNotSchema,
  EventsAnswer: eventsAnswerSchema,
  ItemsAnswer: itemsAnswerSchema,
  MergeAnswer: mergeAnswerSchema,
  RunConfig: runConfigSchema,
  Funnel: funnelSchema,
  Metrics: metricsSchema,
  TrainingRun: trainingRunSchema,
  SubmittedRun: submittedRunSchema,
  RunEvent: runEventSchema,
  TrainingRuns: trainingRunsSchema,
  QueueState: queueStateSchema,
  Schedule: shownScheduleSchema,
  Schedules: schedulesSchema,
  Manifest: manifestSchema,
  ModelVersion: modelVersionSchema,
  ServingStatus: servingStatusSchema,
  Models: modelsSchema,
  Health: healthSchema,
  Readiness: readinessSchema,
  Problem: problemSchema,
};

/** Requests that are described as they are; those with limits of the configuration stand in their operation. */
const REQUESTS: Readonly<Record<string, z.ZodType>> = {
  EventsRequest: eventsRequestSchema,
  ItemsRequest: itemsRequestSchema,
  MergeRequest: mergeRequestSchema,
  BatchRequest: batchRequestSchema,
};

const referenceTo = (name: string) => `#/components/schemas/${name}`;

type Direction = 'input' | 'output';
type Override = NonNullable<z.core.ToJSONSchemaParams['override']>;

/** What zod's own translation does not know, or says too loudly. */
function overrideOf(direction: Direction): Override {
  return ({ zodSchema, jsonSchema }) => {
    const given: z.core.$ZodType = zodSchema;
    if (given === idSchema) {
      Object.assign(jsonSchema, { minLength: 1, maxLength: MAX_ID_CODE_POINTS });
    }
    if (given === problemSchema.shape.code) jsonSchema.enum = Object.keys(ERRORS);
    // An answer may say more in a later version; a request may not, since a misspelt key must not be ignored.
    if (direction === 'output') delete jsonSchema.additionalProperties;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  };
}

function paramsOf(direction: Direction) {
  return {
    io: direction,
    target: 'draft-2020-12' as const,
    unrepresentable: 'any' as const,
    override: overrideOf(direction),
  };
}

function namedSchemas(schemas: Readonly<Record<string, z.ZodType>>, direction: Direction) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const translated = z.toJSONSchema(registry, { ...paramsOf(direction), uri: referenceTo }).schemas;
  return Object.entries(translated).map(([name, schema]) => [name, bare(schema)] as const);
}

/** Without what only a schema that stands alone needs. */
function bare({ $schema: _$schema, $id: _$id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** `components.schemas` of the document: those that the wanted schemas name, and those that they name in turn. */
export function componentSchemas(wanted: readonly z.ZodType[]): Record<string, JsonSchema> {
  const all = new Map([...namedSchemas(ANSWERS, 'output'), ...namedSchemas(REQUESTS, 'input')]);
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const text = JSON.stringify(all.get(name));
    for (const [, other] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) visit(other!);
  };
  for (const schema of wanted) {
    const name = nameOf(schema);
    if (name !== undefined) visit(name);
  }
  return Object.fromEntries([...all].filter(([name]) => found.has(name)));
}

function nameOf(schema: z.ZodType): string | undefined {
  return Object.entries({ ...ANSWERS, ...REQUESTS }).find(([, known]) => known === schema)?.[0];
}

/** A schema as an operation shows it: a reference when it has a name. */
export function jsonSchemaOf(schema: z.ZodType, direction: Direction): JsonSchema {
  const name = nameOf(schema);
  if (name !== undefined) return { $ref: referenceTo(name) };
  return bare(z.toJSONSchema(schema, paramsOf(direction)));
}
