import type { Request } from 'express';

/** The command that trains a model, with the address that the caller used. */
export function trainingCommand(request: Request): string {
  const host = request.get('Host') ?? '';
  const address = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host)
    ? `${request.protocol}://${host}`
    : 'http://HOST:PORT';
  return `curl -X POST ${address}/v1/training-runs -H 'Content-Type: application/json' -d '{}'`;
}
