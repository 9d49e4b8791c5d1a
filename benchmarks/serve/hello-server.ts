// A server that does nothing but answer with one JSON text: node hello-server.js bare|express FILE
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

function bareServer(text: string): Server {
  const body = Buffer.from(text);
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length };
  return createServer((_request, response) => {
    response.writeHead(200, headers).end(body);
  });
}

/** As every introduction has it: nothing is set and no middleware is used. */
function expressServer(text: string): Server {
  const body: unknown = JSON.parse(text);
  const app = express();
  app.get('/', (_request, response) => {
    response.json(body);
  });
  return createServer(app);
}

const [kind, file = ''] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const server = kind === 'express' ? expressServer(text) : bareServer(text);
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'listening', pid: process.pid, url: `http://127.0.0.1:${port}` }));
});
