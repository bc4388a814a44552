import { describe, expect, it } from 'vitest';
import { createAcceptance } from './acceptance.ts';

function frame(text: string, first = 0x81): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? [first, payload.length] : [first, 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}
const open = frame(
  `0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000,"more":"${'x'.repeat(90)}"}`,
);
const refused = frame('44{"message":"unauthenticated","data":{"code":"unauthenticated"}}');
const accepted = frame('40{"sid":"y"}');

describe('a token is accepted', () => {
  it('with the first CONNECT of the server, also after refusals and pings', () => {
    const see = createAcceptance();
    expect([open, refused, frame('2'), accepted, frame('42["x"]')].map(see)).toEqual([false, false, false, true, true]);
  });

  it('however the bytes are cut', () => {
    const bytes = Buffer.concat([open, refused, accepted]);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const see = createAcceptance();
      expect(see(bytes.subarray(0, cut))).toBe(false);
      expect(see(bytes.subarray(cut))).toBe(true);
    }
    const see = createAcceptance();
    expect([...bytes].map((byte) => see(Buffer.from([byte]))).indexOf(true)).toBe(bytes.length - 1);
  });

  it('by nothing else that has these characters', () => {
    const others = [frame('{"40":1}'), frame('40', 0x82), frame('4'), frame('x40'), frame('', 0x89), frame('40', 0x8a)];
    expect(others.map(createAcceptance())).toEqual(others.map(() => false));
  });
});
