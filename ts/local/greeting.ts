import type { Modules } from './modules.js';
import type { Lines } from './socket-port.js';

// Names of sockets can be seen by all users of a machine, and any of them may connect, or take the
// name while there is no hub. So both sides show that they know the secret, without telling it.

/** Answers a program that connects. Resolves with whether it knows the secret. */
export function greetMember(modules: Modules, lines: Lines, secret: string): Promise<boolean> {
  const challenge = modules.crypto.randomBytes(16).toString('hex');
  lines.write(challenge);
  return new Promise((resolve) => {
    lines.onClose = () => resolve(false);
    lines.onLine = (line) => {
      const [proof, own] = line.split(' ');
      const isKnown = proof === sign(modules, secret, `member ${challenge}`);
      if (isKnown) {
        lines.isTrusted = true;
        lines.write(sign(modules, secret, `hub ${own}`));
      } else {
        lines.close();
      }
      resolve(isKnown);
    };
  });
}

/** Greets a hub. Resolves with whether it knows the secret; undefined if it has gone away. */
export function greetHub(
  modules: Modules,
  lines: Lines,
  secret: string,
): Promise<boolean | undefined> {
  const challenge = modules.crypto.randomBytes(16).toString('hex');
  return new Promise((resolve) => {
    lines.onClose = () => resolve(undefined);
    lines.onLine = (theirs) => {
      lines.onLine = (proof) => {
        lines.isTrusted = true;
        resolve(proof === sign(modules, secret, `hub ${challenge}`));
      };
      lines.write(`${sign(modules, secret, `member ${theirs}`)} ${challenge}`);
    };
  });
}

function sign({ crypto }: Modules, secret: string, text: string): string {
  return crypto.createHmac('sha256', secret).update(text).digest('hex');
}
