import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../logger.ts';
import { otlpTracing } from './otlp-tracing.ts';
import { NO_TRACING, openTracing } from './tracing.ts';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);

// Nothing is sent: a span goes out when it has ended, and none of these does.
const tracing = otlpTracing({
  service: 'test',
  endpoint: 'http://127.0.0.1:1/',
  revision: 'r',
  logger: createLogger('test', 'silent'),
});
const contextIn = (parent?: string) => (tracing.start({ name: 'work', parent }).traceparent ?? '').split('-');

describe('a span', () => {
  it("is part of its parent's trace, by an id of its own", () => {
    const [version, traceId, spanId, flags] = contextIn(`00-${TRACE}-${SPAN}-01`);
    expect([version, traceId, flags]).toEqual(['00', TRACE, '01']);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(spanId).not.toBe(SPAN);
  });

  it('is not recorded where the caller has decided so, and says so to its parts', () => {
    expect(contextIn(`00-${TRACE}-${SPAN}-00`)).toEqual(['00', TRACE, expect.any(String), '00']);
  });

  it.each([
    undefined,
    '',
    `00-${TRACE}-${SPAN}`,
    `01-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
  ])('begins a trace where there is no context of one: %j', (parent) => {
    const [version, traceId, , flags] = contextIn(parent);
    expect([version, flags]).toEqual(['00', '01']);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect([TRACE, '0'.repeat(32)]).not.toContain(traceId);
  });
});

describe('openTracing', () => {
  it('traces nothing without a collector', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: undefined } as never;
    const none = await openTracing('sommelier-api', environment, createLogger('test', 'silent'));
    expect(none).toBe(NO_TRACING);
    expect(none.start({ name: 'x' }).traceparent).toBeUndefined();
  });
});
