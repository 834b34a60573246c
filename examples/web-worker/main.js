// Sends requests to the worker, which holds the throttler.

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

/** @type {Map<number, (answer: string) => void>} */
const asked = new Map();
let count = 0;

worker.addEventListener('message', ({ data: { id, answer, waiting } }) => {
  asked.get(id)?.(answer);
  asked.delete(id);
  element('status').textContent = `${waiting} waiting`;
});

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {string} what
 * @returns {Promise<string>}
 */
function ask(what) {
  return new Promise((resolve) => {
    const id = count++;
    asked.set(id, resolve);
    worker.postMessage({ id, what });
  });
}

for (let i = 1; i <= 12; i++) {
  ask(`book ${i}`).then((answer) => {
    const line = document.createElement('li');
    line.textContent = answer;
    element('log').append(line);
  });
}
