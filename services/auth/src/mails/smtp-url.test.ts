import { describe, expect, it } from 'vitest';
import { readSmtpUrl } from './smtp-url.ts';

describe('SMTP_URL', () => {
  it.each([
    ['smtps://mail.example', { host: 'mail.example', port: 465, secure: true, requireTLS: false }],
    ['smtp://mail.example', { host: 'mail.example', port: 587, secure: false, requireTLS: true }],
    ['smtp://mail.example:2525/', { host: 'mail.example', port: 2525, secure: false, requireTLS: true }],
    ['smtp://[::1]:25/?tls=optional', { host: '::1', port: 25, secure: false, requireTLS: false }],
    [
      'smtps://shop%40x:p%2Fw@mail.example:4650',
      { host: 'mail.example', port: 4650, secure: true, requireTLS: false, auth: { user: 'shop@x', pass: 'p/w' } },
    ],
    [
      'smtp://user:100%25%@mail.example',
      { host: 'mail.example', port: 587, secure: false, requireTLS: true, auth: { user: 'user', pass: '100%25%' } },
    ],
  ])('%s is understood', (text, server) => {
    expect(readSmtpUrl(text)).toEqual(server);
  });

  it.each([
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://mail.example/path',
    'smtp://mail.example?tls=off',
    'smtp://mail.example?requireTLS=false',
    'smtp://mail.example?tls=optional&ignoreTLS=true',
    'smtp://mail.example#x',
  ])('%s is not', (text) => {
    expect(readSmtpUrl(text)).toBeUndefined();
  });
});
