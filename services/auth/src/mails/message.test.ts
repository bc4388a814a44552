import { describe, expect, it } from 'vitest';
import { mailKinds, type TokenKind, tokenKinds } from './mail.ts';
import { messageOf } from './message.ts';

const token = 'hfm.ten_a.secret_-1';
const say = (kind: (typeof mailKinds)[number], tenantName = 'Fjord Outfitters', publicUrl = 'https://shop.example/') =>
  messageOf({
    kind,
    tenantName,
    publicUrl,
    token: (tokenKinds as readonly string[]).includes(kind) ? token : undefined,
  });

describe('a message', () => {
  it.each(mailKinds)('%s names the business in subject, text and HTML', (kind) => {
    const { subject, text, html } = say(kind);
    expect(subject).toMatch(/^[A-Z][a-z ]+ - Fjord Outfitters$/);
    for (const part of [text, html]) expect(part).toContain('Fjord Outfitters');
  });

  const pages: [TokenKind, string][] = [
    ['password_reset', 'reset-password'],
    ['invitation', 'accept-invitation'],
    ['email_verification', 'verify-email'],
  ];
  it.each(pages)('%s has its token in the fragment of a link to /%s, and in the text', (kind, page) => {
    const { text, html } = say(kind);
    expect(text).toContain(`\nhttps://shop.example/${page}#token=${token}\n`);
    expect(text).toContain(`Token: ${token}`);
    expect(html).toContain(`<a href="https://shop.example/${page}#token=${token}">`);
  });

  it.each(['password_changed', 'email_changed'] as const)('%s has no link', (kind) => {
    const { text, html } = say(kind);
    expect(text + html).not.toMatch(/http|token/i);
  });

  it('shows HTML in a name as it was typed', () => {
    const { html, text } = say('password_reset', `<script>alert('1')</script> & "Sons"`);
    expect(html).not.toMatch(/<script|"Sons"|& /);
    expect(html).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;Sons&quot;');
    expect(text).toContain(`<script>alert('1')</script> & "Sons"`);
  });

  it('has one line of a subject, whatever a name contains', () => {
    const { subject } = say('invitation', 'Fjord\r\nBcc: eve@x.example\u2028\u0000x\u202e');
    expect(subject).toBe('You are invited - Fjord Bcc: eve@x.example x');
  });
});
