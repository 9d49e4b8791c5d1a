import { afterEach, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { urlOption } from './url-option.ts';

afterEach(() => {
  delete process.env.SOMMELIER_URL;
});

function urlOf(...args: string[]): string {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  return command.addOption(urlOption()).parse(args, { from: 'user' }).opts<{ url: string }>().url;
}

it('is the option, else the variable, else this machine', () => {
  expect(urlOf()).toBe('http://127.0.0.1:8080');
  process.env.SOMMELIER_URL = 'https://shop.example/api';
  expect(urlOf()).toBe('https://shop.example/api');
  expect(urlOf('--url', 'http://[::1]:9/')).toBe('http://[::1]:9/');
});

it.each(['127.0.0.1:8080', 'localhost:8080', 'file:///etc', ''])('is not %j', (url) => {
  expect(() => urlOf('--url', url)).toThrow('It must be an address such as http://127.0.0.1:8080.');
});
