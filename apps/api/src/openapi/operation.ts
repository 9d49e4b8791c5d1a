import type { ErrorCode } from '@sommelier/contracts';
import type { z } from 'zod';

export type Tag =
  | 'Recommendations'
  | 'Events and items'
  | 'Training'
  | 'Queue and schedules'
  | 'Models'
  | 'Health';

/** An answer of an operation, but for problem documents. */
export interface OperationAnswer {
  readonly status: number;
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  /** What each header of the answer says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an answer that is not JSON; its schema is that of the text, or of the data of each event. */
  readonly mediaType?: 'text/plain' | 'text/event-stream';
  /** Whether a browser gets a page instead of JSON. */
  readonly alsoHtml?: boolean;
}

/**
 * One operation of the HTTP contract. Its schemas are the ones that requests are checked against, so the document
 * cannot say anything else than the server.
 */
export interface Operation {
  /** Unique; also the name of the client's method. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Parameters in braces: `/v1/users/{userId}/recommendations`. */
  readonly path: string;
  readonly tag: Tag;
  /** A few words. */
  readonly summary: string;
  readonly description: string;
  readonly pathParameters?: z.ZodRawShape;
  /** Parameters of the query; the parts of a list stand between commas. */
  readonly query?: z.ZodRawShape;
  readonly body?: { readonly schema: z.ZodType; readonly required: boolean; readonly example: unknown };
  /** The usual answer first. */
  readonly answers: readonly [OperationAnswer, ...OperationAnswer[]];
  /**
   * Codes besides `invalid-request` and `internal`, which any operation may answer with, and besides those of a caller
   * who is not admitted.
   */
  readonly errors: readonly ErrorCode[];
  /** A request's parameters, as they are before they are written into an address. */
  readonly example: {
    readonly path?: Readonly<Record<string, string | number>>;
    readonly query?: Readonly<Record<string, unknown>>;
  };
}
