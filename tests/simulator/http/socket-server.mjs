/**
 * A WebSocket server on the loopback interface that replies to each text with a text. It implements
 * the part of RFC 6455 that ccxt's clients use, whose messages are short and in one frame.
 */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * @param {(message: any) => unknown} respond returns the reply to a message, both parsed from JSON
 */
export async function listenToSockets(respond) {
  const server = createServer();
  /** @type {Set<import('node:stream').Duplex>} */
  const sockets = new Set();
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${GUID}`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      for (let frame = firstFrame(received); frame; frame = firstFrame(received)) {
        received = received.subarray(frame.length);
        if (frame.opcode === TEXT)
          send(socket, TEXT, JSON.stringify(respond(JSON.parse(String(frame.payload)))));
        if (frame.opcode === PING) send(socket, PONG, frame.payload);
        if (frame.opcode === CLOSE) {
          send(socket, CLOSE, frame.payload);
          socket.end();
        }
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `ws://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * The first frame, if all of it has arrived. Frames of clients are always masked.
 *
 * @param {Buffer} data
 */
function firstFrame(data) {
  if (data.length < 6) return undefined;
  const short = data.readUInt8(1) & 0x7f;
  if (short === 127) throw new RangeError('a message is longer than this server reads');
  const start = short === 126 ? 4 : 2;
  if (data.length < start + 4) return undefined;
  const size = short === 126 ? data.readUInt16BE(2) : short;
  const length = start + 4 + size;
  if (data.length < length) return undefined;
  const mask = data.subarray(start, start + 4);
  const payload = data.subarray(start + 4, length).map((byte, i) => byte ^ Number(mask[i % 4]));
  return { opcode: data.readUInt8(0) & 0x0f, payload: Buffer.from(payload), length };
}

/**
 * @param {import('node:stream').Duplex} socket
 * @param {number} opcode
 * @param {string | Buffer} content
 */
function send(socket, opcode, content) {
  const payload = Buffer.from(content);
  const header = Buffer.alloc(payload.length < 126 ? 2 : 4);
  header.writeUInt8(0x80 | opcode, 0);
  header.writeUInt8(Math.min(payload.length, 126), 1);
  if (payload.length >= 126) header.writeUInt16BE(payload.length, 2);
  socket.write(Buffer.concat([header, payload]));
}
