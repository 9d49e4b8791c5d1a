import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeAddress, parseDatabaseUrl } from './database-url.ts';

describe('parseDatabaseUrl', () => {
  test('MySQL, with what has to be percent-encoded', () => {
    const address = parseDatabaseUrl('mysql://me:p%40ss%2F%3A@db.example:3307/shop');
    expect(address).toEqual({
      provider: 'mysql',
      host: 'db.example',
      port: 3307,
      user: 'me',
      password: 'p@ss/:',
      database: 'shop',
      tls: false,
    });
    expect(describeAddress(address)).toBe('MySQL database "shop" at db.example:3307');
  });

  test('MySQL with defaults, TLS and an IPv6 host', () => {
    expect(parseDatabaseUrl('mysql://me@[::1]/shop?ssl=true')).toMatchObject({
      host: '::1',
      port: 3306,
      password: '',
      tls: true,
    });
  });

  test.each([
    ['file:data/my shop.db', resolve('data/my shop.db')],
    ['file:/var/a%20b.db', '/var/a%20b.db'],
    ['file:///var/a%20b.db', '/var/a b.db'],
  ])('%s', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ provider: 'sqlite', path });
  });

  test.each([
    ['', 'no scheme'],
    ['shop.db', 'no scheme'],
    ['postgres://u:secret@h/d', 'scheme "postgres"'],
    ['mariadb://u:secret@h/d', 'scheme "mariadb"'],
    ['mysql://u:secret@/d', 'URL|host'],
    ['mysql://u:secret@h', "database's name"],
    ['mysql://u:secret@h/a/b', "database's name"],
    ['mysql://u:sec%ret@h/d', 'percent-encoded'],
    ['mysql://u:secret@h:port/d', 'not a URL'],
    ['mysql://u:secret@h/d?connection_limit=5', 'connection_limit'],
    ['file:', 'no file'],
    ['file::memory:', 'no file'],
    ['file:a/', 'no file'],
    ['file:a.db?mode=ro', 'options'],
    ['file://host/a.db', 'local file'],
  ])('refuses %j without repeating the password', (url, reason) => {
    const parse = () => parseDatabaseUrl(url);
    expect(parse).toThrow(new RegExp(reason));
    expect(parse).toThrow(expect.objectContaining({ code: 'database-url' }));
    expect(parse).not.toThrow(/sec/);
  });
});
