import { gzipSync } from 'node:zlib';
import {
  addressOf,
  type DescribedOperation,
  describedOperations,
  encoded,
  type OpenApiDocument,
} from './described-api.ts';
import { damaged, hostileText, hostileValue, PROTOTYPE_NAMES } from './hostile-values.ts';
import { malformedRequest } from './malformed-request.ts';
import type { Random } from './random.ts';
import { ValidValues } from './valid-values.ts';

export interface FuzzRequest {
  /** What was done to it, for the report: an operation's id, or a kind of mischief. */
  readonly label: string;
  /** Everything that is sent. */
  readonly bytes: Buffer;
  readonly method: string;
  /** Whether it is HTTP by its form, so that a connection that is closed without an answer is a failure. */
  readonly wellFormed: boolean;
  /** Whether the sender stops before it has sent all that it promised. */
  readonly truncated: boolean;
}

interface Parts {
  label: string;
  method: string;
  target: string;
  headers: [string, string][];
  body: Buffer | undefined;
  truncated: boolean;
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'PURGE',
  'M-SEARCH',
];
const CONTENT_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'application/json;',
  'application/problem+json',
  'json',
  '*/*',
  '',
  'application/json, text/html',
  'application/json; __proto__=x',
];
const ENCODINGS = ['gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip', 'x', 'GZIP'];
const MAX_HOSTILE_TARGET = 40_000;
const DEEP = 50_000;
const BOMB_BYTES = 20_000_000;
/** Compressed once: 20 MB of blanks in 20 kB. */
const BOMB = gzipSync(Buffer.alloc(BOMB_BYTES, ' '));

/** Makes requests from the API's own document: valid ones, valid ones with damage, and ones that are no HTTP at all. */
export class RequestMaker {
  readonly #random: Random;
  readonly #operations: readonly DescribedOperation[];
  readonly #values: ValidValues;
  readonly #host: string;

  constructor(document: OpenApiDocument, host: string, random: Random) {
    this.#random = random;
    this.#host = host;
    this.#operations = describedOperations(document);
    this.#values = new ValidValues(random, document.components.schemas);
  }

  next(): FuzzRequest {
    const random = this.#random;
    if (random.chance(0.06)) {
      const bytes = malformedRequest(random, this.#host);
      return { label: 'malformed', bytes, method: 'GET', wellFormed: false, truncated: true };
    }
    const parts = this.#described();
    if (random.chance(0.06)) this.#otherMethod(parts);
    if (random.chance(0.05)) this.#otherPath(parts);
    if (random.chance(0.12)) this.#moreParameters(parts);
    if (parts.body !== undefined && random.chance(0.25)) this.#damageBody(parts);
    if (random.chance(0.15)) this.#oddHeaders(parts);
    return serialized(parts, this.#host);
  }

  /** A request of an operation, each of its parts valid or not. */
  #described(): Parts {
    const random = this.#random;
    const operation = random.pick(this.#operations);
    const harmless = random.chance(0.3);
    const target = addressOf(operation, ({ in: place, schema, example }) => {
      if (!harmless && random.chance(0.25)) return hostileText(random);
      if (place === 'path')
        return example !== undefined && random.chance(0.3) ? example : this.#values.of(schema);
      return random.chance(0.3) ? this.#values.of(schema) : undefined;
    });
    const headers: [string, string][] = [];
    let body: Buffer | undefined;
    if (operation.body !== undefined) {
      // The example has what no schema says: a cron line, say.
      const { schema, example } = operation.body;
      const valid = example !== undefined && random.chance(0.1) ? example : this.#values.of(schema);
      const value = harmless || random.chance(0.3) ? valid : damaged(random, valid);
      body = Buffer.from(JSON.stringify(value) ?? 'null');
      headers.push(['Content-Type', 'application/json']);
    }
    const { id: label, method } = operation;
    return { label, method, target: target.slice(0, MAX_HOSTILE_TARGET), headers, body, truncated: false };
  }

  #otherMethod(parts: Parts): void {
    parts.label = 'other method';
    parts.method = this.#random.pick(METHODS);
    if (this.#random.chance(0.3)) parts.body = Buffer.from('{}');
  }

  #otherPath(parts: Parts): void {
    const random = this.#random;
    parts.label = 'other path';
    const path = parts.target.split('?')[0] ?? '/';
    parts.target = random.pick([
      () => `/${encoded(hostileText(random))}`,
      () => `${path}/`,
      () => `${path}//..//${encoded(hostileText(random))}`,
      () => path.toUpperCase(),
      () => path.replace(/[a-z]/, '%$&'),
      () => `${path}%`,
      () => `${path}%C3%28`,
      () => `/v1/../${path}`,
      () => `/topN=${random.whole(-5, 200)}for_user=${encoded(hostileText(random))}for_user=x`,
      () => `/topN?n=${random.whole(-1, 120)}&userId=${encoded(hostileText(random))}`,
      () => '/',
      () => '/docs',
      () => '/openapi.json?x=1',
      () => `/admin/queues${random.pick(['', '/api/queues', '/static/../../x', '/queue/%'])}`,
      () => '//evil.example/x',
    ])();
  }

  #moreParameters(parts: Parts): void {
    const random = this.#random;
    parts.label = 'more parameters';
    const pairs = Array.from({ length: random.pick([1, 2, 3, 49, 60]) }, () => {
      const name = random.pick([
        ...PROTOTYPE_NAMES,
        'n',
        'n',
        'exclude',
        'n[]',
        'n[a]',
        'limit',
        encoded(hostileText(random)).slice(0, 200),
      ]);
      return random.chance(0.1)
        ? name
        : `${name}=${random.chance(0.2) ? random.pick(['%', '%zz', '%C3%28', '%ED%A0%80', '+', '=', '&&']) : encoded(hostileText(random)).slice(0, 500)}`;
    });
    parts.target += `${parts.target.includes('?') ? '&' : '?'}${pairs.join('&')}`;
    parts.target = parts.target.slice(0, MAX_HOSTILE_TARGET);
  }

  #damageBody(parts: Parts): void {
    const random = this.#random;
    parts.label = 'damaged body';
    const body = parts.body ?? Buffer.alloc(0);
    const setHeader = (name: string, value: string) => {
      parts.headers = [...parts.headers.filter(([other]) => other !== name), [name, value]];
    };
    random.pick([
      () => setHeader('Content-Type', random.pick(CONTENT_TYPES)),
      () => {
        parts.headers = [];
      },
      () => {
        parts.body = body.subarray(0, random.whole(0, body.length));
      },
      () => {
        parts.body = Buffer.from(body.map((byte) => (random.chance(0.02) ? random.whole(0, 255) : byte)));
      },
      () => {
        const [open, close] = random.pick([
          ['[', ']'],
          ['{"a":', '}'],
        ] as const);
        parts.body = Buffer.from(open.repeat(DEEP) + (random.chance(0.5) ? `1${close.repeat(DEEP)}` : ''));
      },
      () => {
        parts.body = Buffer.from(
          `{"n":${random.pick(['NaN', '-Infinity', '1e999', '01', '0x1', '--1', '1.', '9'.repeat(5_000)])}}`,
        );
      },
      () => {
        parts.body = Buffer.from('{"n":1,"n":2,"__proto__":{"n":3},"items":["a"],"items":"b"}');
      },
      () => {
        parts.body = Buffer.concat([Buffer.from('\uFEFF'), body]);
      },
      () => {
        parts.body = Buffer.from(
          random.pick(['', 'null', '1', '"x"', 'true', '[]', ' ', '[[]]', '{}{}', '{"a":1,}', "{'a':1}"]),
        );
      },
      () => {
        setHeader('Content-Encoding', random.pick(ENCODINGS));
        if (random.chance(0.5)) parts.body = gzipSync(body);
      },
      () => {
        setHeader('Content-Encoding', 'gzip');
        parts.body = random.chance(0.2) ? BOMB : gzipSync(body).subarray(0, 15);
      },
      () => {
        parts.body = random.chance(0.1) ? Buffer.alloc(1_100_000, 'x') : body;
      },
      () => {
        parts.truncated = true;
      },
    ])();
  }

  #oddHeaders(parts: Parts): void {
    const random = this.#random;
    const value = () => hostileHeader(random);
    parts.headers.push(
      random.pick<() => [string, string]>([
        () => [
          'Accept',
          random.pick(['*/*', 'text/html', 'text/*;q=0', 'application/json;q=x', ';;;', value()]),
        ],
        () => ['X-Request-Id', value()],
        () => ['Authorization', random.pick(['Basic', 'Basic !!!', 'Basic OjpBOg==', `Bearer ${value()}`])],
        () => ['Cookie', value()],
        () => ['Sec-Fetch-Site', random.pick(['cross-site', 'same-origin', value()])],
        () => ['If-None-Match', '*'],
        () => ['Range', random.pick(['bytes=0-', 'bytes=-1', value()])],
        () => ['X-HTTP-Method-Override', 'DELETE'],
        () => ['X-Forwarded-Host', value()],
        () => ['Origin', random.pick(['null', 'http://evil.example', value()])],
        () => ['Accept-Encoding', random.pick(['gzip', 'br;q=0', value()])],
        () => ['Connection', random.pick(['close', 'keep-alive', 'keep-alive, x'])],
        () => ['X-Long', 'x'.repeat(random.pick([1_000, 15_000, 31_000, 40_000]))],
        () => ['__proto__', value()],
      ])(),
    );
  }
}

/** Bytes that a header may have. */
function hostileHeader(random: Random): string {
  return (JSON.stringify(hostileValue(random)) ?? '').replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 500);
}

function serialized({ label, method, target, headers, body, truncated }: Parts, host: string): FuzzRequest {
  const all: [string, string][] = [['Host', host], ...headers];
  if (body !== undefined) all.push(['Content-Length', String(body.length + (truncated ? 10 : 0))]);
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
  return { label, method, bytes, wellFormed: !truncated, truncated };
}
