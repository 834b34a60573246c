import { SCRIPT } from './script.js';

/** A function of a client, of any arguments. */
// biome-ignore lint/suspicious/noExplicitAny: each client has types of its own
type Method = (...args: any[]) => any;

/** `ioredis` or `iovalkey`. */
export interface IoredisLike {
  evalsha: Method;
  eval: Method;
  duplicate: Method;
  on: Method;
  call: Method;
}

/** `redis` (node-redis). */
export interface NodeRedisLike {
  evalSha: Method;
  eval: Method;
  duplicate: Method;
  on: Method;
}

/** `@valkey/valkey-glide`. */
export interface GlideLike {
  customCommand: Method;
}

/** A client of Redis or Valkey. It stays the program's: it is never closed by the throttler. */
export type RedisClient = IoredisLike | NodeRedisLike | GlideLike;

/** Calls of the script and messages of the ledger, through any of the clients. */
export interface Connection {
  /** Runs the script. Rejects with the error of the client; may never settle. */
  call(request: string, definitions: string): Promise<string>;
  /** Whether messages of other processes arrive. */
  readonly listens: boolean;
  close(): void;
}

/** The listeners of a connection. */
export interface Receiver {
  /** A message of the ledger. */
  message(text: string): void;
  /** The client is connected, or connected again. */
  connected(): void;
}

/** Connects by a client. @param process the id of this process, the end of its channel */
export function connect(
  client: RedisClient,
  subscriber: RedisClient | undefined,
  key: string,
  process: string,
  receiver: Receiver,
): Connection {
  const channels = [`${key}:all`, `${key}:${process}`];
  const run = runner(client, key);
  const messages = subscribe(client, subscriber, channels, receiver);
  const onReady = () => receiver.connected();
  const emitter = 'on' in client ? client : undefined;
  emitter?.on('ready', onReady);
  return {
    call: run,
    get listens() {
      return messages.listens();
    },
    close() {
      (emitter as { off?: Method } | undefined)?.off?.('ready', onReady);
      messages.close();
    },
  };
}

/** Returns a function that runs the script by its hash, or by its text where it is not known. */
function runner(client: RedisClient, key: string): Connection['call'] {
  const send = sender(client);
  let hash: Promise<string> | undefined;
  return async (request, definitions) => {
    hash ??= sha1(SCRIPT);
    try {
      return String(await send('evalsha', await hash, key, request, definitions));
    } catch (error) {
      // The server's word is NOSCRIPT; GLIDE says NoScriptError.
      if (!/no ?script/i.test(String(error))) throw error;
      return String(await send('eval', SCRIPT, key, request, definitions));
    }
  };
}

type Send = (
  name: 'eval' | 'evalsha',
  script: string,
  key: string,
  ...args: string[]
) => Promise<unknown>;

function sender(client: RedisClient): Send {
  if ('customCommand' in client) {
    return (name, script, key, ...args) =>
      client.customCommand([name.toUpperCase(), script, '1', key, ...args]);
  }
  if ('evalSha' in client) {
    return (name, script, key, ...args) => {
      const options = { keys: [key], arguments: args };
      return name === 'eval' ? client.eval(script, options) : client.evalSha(script, options);
    };
  }
  return (name, script, key, ...args) => client[name](script, 1, key, ...args);
}

interface Messages {
  listens(): boolean;
  close(): void;
}

const SILENT: Messages = { listens: () => false, close: () => {} };

/**
 * Subscribes to the channels. Without a subscriber, on a duplicate of the client; a client of GLIDE
 * has none, so processes that use it only ask.
 */
function subscribe(
  client: RedisClient,
  given: RedisClient | undefined,
  channels: readonly string[],
  receiver: Receiver,
): Messages {
  if ('customCommand' in client && given === undefined) return SILENT;
  const source = given ?? (client as IoredisLike | NodeRedisLike).duplicate();
  const isOwn = given === undefined;
  let subscribed = false;
  const done = () => {
    subscribed = true;
    receiver.connected();
  };
  const lost = () => {
    subscribed = false;
  };
  // An own connection must not end the program by an error; it connects again by itself.
  if (isOwn) source.on('error', lost);
  source.on('end', lost);
  if ('evalSha' in source) {
    const listener = (text: string) => receiver.message(text);
    const start = async () => {
      if (isOwn) await source.connect();
      await source.subscribe([...channels], listener);
      done();
    };
    start().catch(lost);
    source.on('ready', done);
    return {
      listens: () => subscribed,
      close: () => {
        if (isOwn) source.destroy();
        else source.unsubscribe([...channels], listener).catch(() => {});
      },
    };
  }
  const listener = (channel: string, text: string) => {
    if (channels.some((each) => channel.endsWith(each))) receiver.message(text);
  };
  const start = () => {
    Promise.resolve(source.subscribe(...channels)).then(done, lost);
  };
  source.on('message', listener);
  source.on('close', lost);
  // The client subscribes again after a reconnect; this tells when.
  source.on('ready', start);
  if (source.status !== 'wait') start();
  return {
    listens: () => subscribed,
    close: () => {
      source.off('message', listener);
      source.off('ready', start);
      if (isOwn) source.disconnect();
      else Promise.resolve(source.unsubscribe(...channels)).catch(() => {});
    },
  };
}

/** The SHA-1 of a text, in hexadecimal. */
async function sha1(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
