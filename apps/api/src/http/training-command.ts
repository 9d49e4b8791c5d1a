import type { Request } from 'express';

/** The address that the caller used, as far as it can be trusted in a text. */
export function addressOf(request: Request): string {
  const host = request.get('Host') ?? '';
  return /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) ? `${request.protocol}://${host}` : 'http://HOST:PORT';
}

/** The command that trains a model, with the address that the caller used. */
export function trainingCommand(request: Request): string {
  return `curl -X POST ${addressOf(request)}/v1/training-runs -H 'Content-Type: application/json' -d '{}'`;
}
