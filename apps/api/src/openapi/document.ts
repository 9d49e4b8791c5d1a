import { ERRORS, type ErrorCode, type Problem, problemSchema } from '@sommelier/contracts';
import type { z } from 'zod';
import { componentSchemas, type JsonSchema, jsonSchemaOf } from './json-schemas.ts';
import { admissionErrors, SECURITY_SCHEMES, type SecurityRequirement, securityOf } from './key-security.ts';
import type { Operation, OperationAnswer, Tag } from './operation.ts';

const TAGS: Record<Tag, string> = {
  Recommendations: 'What to show to whom.',
  'Events and items': 'What the shop tells: what users did, and what there is to buy.',
  Training: 'Runs that make a model of the events.',
  'Queue and schedules': 'When runs are taken, and when they start by themselves.',
  Models: 'What came out of the runs, and what is served.',
  Health: 'For load balancers and supervisors.',
};

const DESCRIPTION = `Recommendations from a shop's own event log.

Bodies are JSON in both directions, times are Unix milliseconds. Ids of users and items are strings of 1 to 64 characters without white space at either end; in an address they are percent-encoded. A query parameter or a key that is unknown, given twice or out of range is refused with 400 and its name.

Where the installation has keys, a request sends one as \`Authorization: Bearer smk_...\`, with the role that its operation names.

What goes wrong is answered with a problem document (RFC 9457) with a stable \`code\`. 429 and 503 come with \`Retry-After\`. Every answer carries \`X-Request-Id\`; send one of your own to find a request in the log.`;

type AnswerHeaders = Record<string, { readonly description: string; readonly schema: JsonSchema }>;

const RETRY_AFTER: AnswerHeaders = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
};
const PROBLEM_HEADERS: Readonly<Record<number, AnswerHeaders>> = {
  401: { 'WWW-Authenticate': { description: 'How to say who you are.', schema: { type: 'string' } } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly style?: 'form';
  readonly explode?: false;
  readonly example?: unknown;
}

export interface MediaType {
  readonly schema?: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Record<string, { readonly summary: string; readonly value: unknown }>;
}

export interface DocumentedAnswer {
  readonly description: string;
  readonly headers?: AnswerHeaders;
  /** Absent: the answer has no body. */
  readonly content?: Record<string, MediaType>;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly Tag[];
  readonly summary: string;
  readonly description: string;
  /** Empty: public. */
  readonly security: readonly SecurityRequirement[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, MediaType> };
  readonly responses: Record<string, DocumentedAnswer>;
}

/** The part of OpenAPI 3.1 that the document uses. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Record<string, Record<string, DocumentedOperation>>;
  readonly components: {
    readonly schemas: Record<string, JsonSchema>;
    readonly securitySchemes: typeof SECURITY_SCHEMES;
  };
}

/** The OpenAPI 3.1 document of these operations. */
export function openApiDocument(operations: readonly Operation[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const operation of operations) {
    const place = paths[operation.path] ?? {};
    paths[operation.path] = place;
    place[operation.method] = describe(operation);
  }
  const used = new Set(operations.map(({ tag }) => tag));
  const schemas = operations.flatMap(({ body, answers }) => [
    ...answers.flatMap(({ schema }) => schema ?? []),
    ...(body === undefined ? [] : [body.schema]),
  ]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'sommelier',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The replica that serves this document.' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name as Tag))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: componentSchemas([...schemas, problemSchema]),
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function describe(operation: Operation): DocumentedOperation {
  const { id, tag, summary, description, body, example } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: securityOf(operation),
    parameters: [
      ...parametersOf('path', operation.pathParameters, example.path),
      ...parametersOf('query', operation.query, example.query),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: body.required,
        content: {
          'application/json': { schema: jsonSchemaOf(body.schema, 'input'), example: body.example },
        },
      },
    }),
    responses: answersOf(operation),
  };
}

/** The parts of a list stand between commas; everything else is plain text. */
function parametersOf(
  place: 'path' | 'query',
  shape: z.ZodRawShape = {},
  examples: Readonly<Record<string, unknown>> = {},
): Parameter[] {
  return Object.entries(shape).map(([name, zodSchema]) => {
    const { description, ...schema } = jsonSchemaOf(zodSchema as z.ZodType, 'input');
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description !== undefined && { description }),
      ...(schema.type === 'array' && { style: 'form', explode: false }),
      schema,
      ...(examples[name] !== undefined && { example: examples[name] }),
    };
  });
}

function answersOf(operation: Operation): Record<string, DocumentedAnswer> {
  const { answers, errors } = operation;
  const responses: Record<string, DocumentedAnswer> = {};
  for (const answer of answers) responses[answer.status] = answerOf(answer);
  const all: readonly ErrorCode[] = ['invalid-request', ...admissionErrors(operation), ...errors, 'internal'];
  const codes = [...new Set(all)];
  for (const status of new Set(codes.map((code) => ERRORS[code].status))) {
    responses[status] ??= problemsOf(
      status,
      codes.filter((code) => ERRORS[code].status === status),
    );
  }
  return responses;
}

function answerOf(answer: OperationAnswer): DocumentedAnswer {
  const { description, schema, example, headers, alsoHtml, mediaType = 'application/json' } = answer;
  return {
    description,
    ...(headers !== undefined && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: 'string' } },
        ]),
      ),
    }),
    ...(schema !== undefined && {
      content: {
        [mediaType]: { schema: jsonSchemaOf(schema, 'output'), example },
        ...(alsoHtml === true && { 'text/html': { schema: { type: 'string' as const } } }),
      },
    }),
  };
}

function problemsOf(status: number, codes: readonly ErrorCode[]): DocumentedAnswer {
  const reference = jsonSchemaOf(problemSchema, 'output');
  const headers = PROBLEM_HEADERS[status];
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
    ...(headers !== undefined && { headers }),
    content: {
      'application/problem+json': {
        schema: { allOf: [reference, { properties: { code: { enum: [...codes] } } }] },
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: ERRORS[code].title, value: exampleOf(code) }]),
        ),
      },
    },
  };
}

function exampleOf(code: ErrorCode): Problem {
  const { status, title } = ERRORS[code];
  return {
    type: `urn:sommelier:error:${code}`,
    title,
    status,
    detail: 'What is wrong, where, and what to do.',
    code,
    instance: '0f9d4c2b-7f0e-4d5a-9a44-2d0a6f8c1b3e',
  };
}
