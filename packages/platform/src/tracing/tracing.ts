import type { Environment } from '../config/environment.ts';
import type { Logger } from '../logger.ts';

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  /** W3C trace context (`traceparent`) of the span that this one is a part of; without it a trace begins. */
  readonly parent?: string | undefined;
  /** Trace context of a span that this one comes from without being a part of it. */
  readonly link?: string | undefined;
  /** `server`: it answers a request. @defaultValue internal */
  readonly kind?: 'server' | 'internal';
  readonly attributes?: Attributes;
  /** Unix ms. @defaultValue now */
  readonly atMs?: number;
}

/** A piece of work that takes time. */
export interface Span {
  /** Its trace context, for whoever does a part of it; undefined while nobody traces. */
  readonly traceparent: string | undefined;
  set(attributes: Attributes): void;
  /** `error`: why it failed; `atMs`: Unix ms, now unless given. */
  end(how?: { error?: unknown; atMs?: number }): void;
}

/** Where spans go. Neither of its methods throws or waits, but for `close`. */
export interface Tracing {
  /** Whether anybody looks at spans: what is needed for them alone can be left out otherwise. */
  readonly isOn: boolean;
  start(span: SpanStart): Span;
  /** Sends what has not been sent yet, in bounded time. */
  close(): Promise<void>;
}

const NO_SPAN: Span = { traceparent: undefined, set: () => undefined, end: () => undefined };
export const NO_TRACING: Tracing = { isOn: false, start: () => NO_SPAN, close: async () => undefined };

/** The tracing of a process: to the collector of `OTEL_EXPORTER_OTLP_ENDPOINT`, and none, nor its libraries, without. */
export async function openTracing(
  service: 'sommelier-api' | 'sommelier-worker',
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, CODE_REVISION }: Environment,
  logger: Logger,
): Promise<Tracing> {
  if (endpoint === undefined) return NO_TRACING;
  const { otlpTracing } = await import('./otlp-tracing.ts');
  return otlpTracing({ service, endpoint, revision: CODE_REVISION, logger });
}
