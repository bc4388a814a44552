import { emailLengthMax } from '@holdfast/shared/contracts';
import { cpuMs } from '@holdfast/shared/testing';
import { mailboxOf } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { publicBodyBytesMax } from '../limits.ts';
import { accountOf, networkOf } from './subjects.ts';

describe('an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('an account', () => {
  const body = (value: unknown) => Buffer.from(JSON.stringify(value));

  it.each(['a@b.example', 'A@B.Example', 'a+x@b.example', ' a@b.example ', 'ａ@b.example'])(
    '%j is a@b.example',
    (email) => {
      expect(mailboxOf(email, emailLengthMax)).toBe('a@b.example');
    },
  );

  it('is tenant and e-mail, of the owner in a sign-up, and one for all that name none', () => {
    expect(accountOf(body({ tenant: 't', email: 'a+1@b.c' }))).toBe(accountOf(body({ tenant: 'T', email: 'A@b.c' })));
    expect(accountOf(body({ tenant: 't', email: 'a@b.c' }))).not.toBe(accountOf(body({ tenant: 'u', email: 'a@b.c' })));
    expect(accountOf(body({ slug: 's', owner: { email: 'a+1@b.c' } }))).toBe(
      accountOf(body({ owner: { email: 'a@b.c' } })),
    );
    const none = [
      undefined,
      Buffer.from('{'),
      body(null),
      body([]),
      body({ email: { $ne: 1 } }),
      body({ owner: null }),
    ];
    expect(new Set(none.map(accountOf)).size).toBe(1);
  });

  it('is none when its e-mail is longer than one may be, which is never normalised: that takes quadratic time', () => {
    const address = (length: number) => `${'a'.repeat(length - 4)}@b.c`;
    const none = accountOf(body({ tenant: 't' }));
    expect(accountOf(body({ tenant: 't', email: address(emailLengthMax + 1) }))).toBe(none);
    const longest = accountOf(body({ tenant: 't', email: address(emailLengthMax) }));
    expect(longest).not.toBe(none);
    const padded = `${' '.repeat(500)}${address(emailLengthMax)}\n`;
    expect(accountOf(body({ tenant: 't', email: padded }))).toBe(longest);
    const marks = body({ email: '\u0300\u0315'.repeat(publicBodyBytesMax / 4 - 10) });
    expect(cpuMs(() => accountOf(marks))).toBeLessThan(5);
  });

  it('does not show the e-mail address', () => {
    expect(accountOf(body({ email: 'canary@b.c' }))).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});
