/** The part of JSON Schema that the API's document uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

interface MediaType {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface OpenApiDocument {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string;
            readonly parameters: readonly Parameter[];
            readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
            readonly responses: Readonly<
              Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>
            >;
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** An operation as its document describes it to anybody who has nothing else. */
export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: MediaType | undefined;
  /** Media types of the answers by status; none where an answer has no body. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, MediaType>>>>;
}

export function describedOperations(document: OpenApiDocument): DescribedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody, responses }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json'],
      answers: Object.fromEntries(
        Object.entries(responses).map(([status, { content = {} }]) => [status, content]),
      ),
    })),
  );
}

/** Address of a request with these parameters, each written as its text; a list's parts stand between commas. */
export function addressOf(
  { path, parameters }: Pick<DescribedOperation, 'path' | 'parameters'>,
  valueFor: (parameter: Parameter) => unknown,
): string {
  let address = path;
  const pairs: string[] = [];
  for (const parameter of parameters) {
    const value = valueFor(parameter);
    if (value === undefined) continue;
    const text = [value]
      .flat()
      .map((part) => encoded(String(part)))
      .join(',');
    if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, () => text);
    else pairs.push(`${parameter.name}=${text}`);
  }
  return pairs.length === 0 ? address : `${address}?${pairs.join('&')}`;
}

/** Percent-encoded; lone surrogates, which have no UTF-8, as the replacement character. */
export function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}
