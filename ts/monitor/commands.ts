import type { Throttler } from '../index.js';

/** The largest body of a command, in bytes. */
const LARGEST_BODY = 65_536;

/** A request that cannot be understood, or that the throttler rejects. */
export class BadRequest extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a throttler of any rules
type AnyThrottler = Throttler<any>;
type Fields = { readonly [name: string]: unknown };

/** The commands by their paths: their fields, and the calls that they make. */
const COMMANDS: {
  readonly [path: string]: {
    readonly fields: readonly string[];
    readonly run: (throttler: AnyThrottler, fields: Fields) => void | Promise<void>;
  };
} = {
  mode: {
    fields: ['mode', 'ms'],
    run: (throttler, { mode, ms }) => {
      if (typeof mode !== 'string')
        throw new BadRequest(400, 'mode must be the name of a mode, as a text');
      return throttler.setMode(mode, duration(ms));
    },
  },
  pause: {
    fields: ['ms', 'rules'],
    run: (throttler, { ms, rules }) => throttler.pause({ ms: duration(ms), rules: ruleIds(rules) }),
  },
  resume: {
    fields: ['rules'],
    run: (throttler, { rules }) => throttler.resume({ rules: ruleIds(rules) }),
  },
};

/** The path of a command that does nothing, which tells whether the token is right. */
const CHECK = 'check';

/** Whether `POST` to this path is a command. */
export const isCommand = (path: string): boolean => path === CHECK || Object.hasOwn(COMMANDS, path);

/**
 * Runs the command of a request.
 *
 * @throws {BadRequest} its body is invalid, or the throttler rejects it
 */
export async function runCommand(
  path: string,
  request: Request,
  throttlers: ReadonlyMap<string, AnyThrottler>,
): Promise<void> {
  if (path === CHECK) return;
  const command = COMMANDS[path];
  if (command === undefined) throw new BadRequest(404, `there is no command ${path}`);
  const { throttler: name, ...fields } = parse(await bodyOf(request));
  for (const field of Object.keys(fields)) {
    if (command.fields.includes(field)) continue;
    const known = ['throttler', ...command.fields].join(', ');
    throw new BadRequest(400, `unknown field "${field}" for ${path}; known fields: ${known}`);
  }
  const throttler = chosen(throttlers, name);
  try {
    await command.run(throttler, fields);
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (typeof code !== 'string') throw error;
    throw new BadRequest(code === 'CLOSED' ? 409 : 400, String(message));
  }
}

function chosen(throttlers: ReadonlyMap<string, AnyThrottler>, name: unknown): AnyThrottler {
  const [only] = throttlers.values();
  if (name === undefined && throttlers.size === 1 && only !== undefined) return only;
  const throttler = typeof name === 'string' ? throttlers.get(name) : undefined;
  if (throttler !== undefined) return throttler;
  const names = [...throttlers.keys()].join(', ');
  throw new BadRequest(400, `throttler must be one of ${names}`);
}

/** The throttler checks the rest of its range. */
function duration(ms: unknown): number | undefined {
  if (ms === undefined || typeof ms === 'number') return ms;
  throw new BadRequest(400, 'ms must be a number of milliseconds');
}

function ruleIds(rules: unknown): string[] | undefined {
  if (rules === undefined) return undefined;
  if (Array.isArray(rules) && rules.every((id) => typeof id === 'string')) return rules;
  throw new BadRequest(400, 'rules must be an array of rule ids');
}

function parse(text: string): Fields {
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new BadRequest(400, 'the body is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new BadRequest(400, 'the body must be a JSON object');
}

/** Reads a body up to the largest size, whatever its header says. */
async function bodyOf(request: Request): Promise<string> {
  if (request.body === null) return '';
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > LARGEST_BODY) {
      await reader.cancel();
      throw new BadRequest(413, `the body is larger than ${LARGEST_BODY} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
