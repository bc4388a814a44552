// Sees in what realtime sends that it has accepted the client's token:
// the first Socket.IO packet CONNECT (`40`) that comes from the server.
// Invariant: a client cannot bring it about without a valid token,
// because only realtime's side of the connection is looked at.

const textFrame = 0x81;
const connectPacket = Buffer.from('40');
/** The longest frame of fewer than 64 KiB; realtime sends none longer before it accepts. */
const extended = 126;

/** Feed it the bytes after the handshake, in order; true from the frame on that accepts. */
export function createAcceptance(): (bytes: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  let isAccepted = false;
  return (bytes) => {
    if (isAccepted) return true;
    rest = Buffer.concat([rest, bytes]);
    while (!isAccepted && rest.length >= 2) {
      const short = rest[1]! & 0x7f;
      const headLength = short < extended ? 2 : 4;
      if (rest.length < headLength) break;
      const end = headLength + (short < extended ? short : rest.readUInt16BE(2));
      if (rest.length < end) break;
      isAccepted = rest[0] === textFrame && rest.subarray(headLength, headLength + 2).equals(connectPacket);
      rest = rest.subarray(end);
    }
    return isAccepted;
  };
}
