import { ThrottlerError } from '../index.js';
import type { Modules } from './modules.js';

/** The files and the socket of one key. */
export interface Address {
  /** The file that keeps the usage. */
  readonly state: string;
  /** The path of the socket: a name of the kernel, a pipe, or a file. */
  readonly socket: string;
  /** Whether the socket is a file, which outlives its process. */
  readonly isFile: boolean;
  /** Known to the programs of this user alone. */
  readonly secret: string;
}

/** Bytes of the secret. */
const SECRET = 32;

/**
 * Returns the address of a key in a folder, which is made if there is none.
 *
 * @param folder by default `multi-throttler` in the folder in which the system keeps the state of
 *   this user's programs
 * @throws {ThrottlerError} of code `FOLDER_OPEN`: other users can use the folder
 */
export function addressOf(modules: Modules, key: string, folder?: string): Address {
  const { fs, path, crypto, process } = modules;
  const home = folder === undefined ? defaultFolder(modules) : path.resolve(folder);
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  checkOwner(modules, home);
  const secret = secretOf(modules, path.join(home, 'secret'));
  const hash = (text: string) => crypto.createHash('sha256').update(text).digest('hex');
  const name = `${key.replaceAll(/[^\w.-]+/g, '_').slice(0, 40)}-${hash(key).slice(0, 16)}`;
  const socket = hash(`${secret} ${key}`).slice(0, 32);
  const state = path.join(home, `${name}.json`);
  if (process.platform === 'win32')
    return { state, socket: `\\\\.\\pipe\\multi-throttler-${socket}`, isFile: false, secret };
  // Names of the kernel end with their process. Bun and Deno do not have them.
  if (process.platform === 'linux' && !process.versions.bun && !process.versions.deno)
    return { state, socket: `\0multi-throttler-${socket}`, isFile: false, secret };
  return { state, socket: path.join(home, `${socket.slice(0, 16)}.sock`), isFile: true, secret };
}

function defaultFolder({ path, os, process: { env, platform } }: Modules): string {
  if (platform === 'win32')
    return path.join(
      env.LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local'),
      'multi-throttler',
    );
  return path.join(
    env.XDG_STATE_HOME ?? path.join(os.homedir(), '.local', 'state'),
    'multi-throttler',
  );
}

/** A user who may write there could speak for the hub. Windows keeps profiles closed by itself. */
function checkOwner({ fs, process }: Modules, folder: string): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const stats = fs.statSync(folder);
  if (stats.uid === uid && (stats.mode & 0o077) === 0) return;
  throw new ThrottlerError(
    `${folder} has to belong to this user and to be closed to others: chmod 700 ${folder}`,
    'FOLDER_OPEN',
    { folder },
  );
}

/**
 * Returns the secret of a folder, which the first program makes.
 *
 * @throws {ThrottlerError} of code `SECRET_DAMAGED`: the file was cut off or changed
 */
function secretOf(modules: Modules, file: string): string {
  const { fs, crypto, process } = modules;
  try {
    return checked(fs.readFileSync(file, 'utf8'), file);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
  }
  const secret = crypto.randomBytes(SECRET).toString('hex');
  const own = `${file}-${process.pid}-${crypto.randomBytes(4).toString('hex')}`;
  // Written through, as a power cut may else leave the name with an empty file.
  fs.writeFileSync(own, secret, { mode: 0o600, flush: true });
  try {
    // Fails if another program was first, and never shows half of a secret.
    fs.linkSync(own, file);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    fs.unlinkSync(own);
  }
  return checked(fs.readFileSync(file, 'utf8'), file);
}

/** An empty secret would be known to every user. */
function checked(secret: string, file: string): string {
  if (secret.length === 2 * SECRET && /^[\da-f]+$/.test(secret)) return secret;
  throw new ThrottlerError(
    `${file} is damaged: remove it while no program uses the folder`,
    'SECRET_DAMAGED',
    { file },
  );
}
