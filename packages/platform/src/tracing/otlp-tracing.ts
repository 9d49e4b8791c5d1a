import { randomUUID } from 'node:crypto';
import {
  type Context,
  DiagLogLevel,
  diag,
  isSpanContextValid,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Logger } from '../logger.ts';
import { within } from '../queue/within.ts';
import type { Span, SpanStart, Tracing } from './tracing.ts';

const CLOSE_TIMEOUT_MS = 2_000;
/** Spans are few: they are sent soon, so that a trace can be looked at while its run goes on. */
const SEND_EVERY_MS = 1_000;
/** Version 00 of W3C Trace Context. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Sends spans to a collector by OTLP over HTTP, in JSON. Imported only where a collector is configured. */
export function otlpTracing(parts: {
  readonly service: string;
  /** Address of the collector, before `/v1/traces`. */
  readonly endpoint: string;
  readonly revision: string;
  readonly logger: Logger;
}): Tracing {
  const { service, endpoint, revision, logger } = parts;
  sayFailures(logger);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': revision,
      'service.instance.id': randomUUID(),
    }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: SEND_EVERY_MS })],
  });
  const tracer = provider.getTracer('sommelier');
  return {
    isOn: true,
    start: (span) => started(tracer, span),
    async close() {
      const late = () => new Error('the collector did not answer in time');
      await within(provider.shutdown(), CLOSE_TIMEOUT_MS, late).catch((error) =>
        logger.debug({ err: error }, 'the last spans were not sent'),
      );
    },
  };
}

function started(tracer: Tracer, { name, parent, link, kind, attributes, atMs }: SpanStart): Span {
  const linked = contextOf(link);
  const span = tracer.startSpan(
    name,
    {
      kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
      ...(attributes !== undefined && { attributes }),
      ...(atMs !== undefined && { startTime: atMs }),
      ...(linked !== undefined && { links: [{ context: linked }] }),
    },
    parentContext(parent),
  );
  return {
    traceparent: traceparentOf(span.spanContext()),
    set: (more) => void span.setAttributes(more),
    end: ({ error, atMs: endMs } = {}) => {
      if (error !== undefined) fail(span, error);
      span.end(endMs);
    },
  };
}

function fail(span: OtelSpan, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') span.setAttribute('error.type', code);
}

function parentContext(parent: string | undefined): Context {
  const context = contextOf(parent);
  return context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context);
}

/** Undefined for what is no trace context. */
function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = '00'] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const context = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The libraries tell of a collector that is away to whoever asked them. */
function sayFailures(logger: Logger): void {
  const say = (message: string): void => logger.warn({ message }, 'spans could not be sent');
  const nothing = (): void => undefined;
  diag.setLogger(
    { error: say, warn: nothing, info: nothing, debug: nothing, verbose: nothing },
    DiagLogLevel.ERROR,
  );
}
