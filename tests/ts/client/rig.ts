// A client of two methods over real HTTP: one that sends, one that sends within another.

import { Agent, get } from 'node:http';
import { type Rule, rollingWindow } from 'multi-throttler';
import { type ThrottleClientOptions, throttleClient } from 'multi-throttler/client';
import { onTestFinished } from 'vitest';
import { Watched } from '../support/recorder.ts';

/** A response as the clients of these tests return and throw it. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** Sends with `node:http`, as axios, got and node-fetch do. */
export function httpClient(agent = new Agent({ keepAlive: true })) {
  return (url: string): Promise<Reply> =>
    new Promise((resolve, reject) => {
      get(url, { agent }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      }).on('error', reject);
    });
}

/** Sends with Node's `fetch`, which is undici. */
export async function fetchClient(url: string): Promise<Reply> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}

export const WEIGHT = rollingWindow({ id: 'WEIGHT', limit: 1000, interval: 60_000 });

/** A throttled client with methods that are given by name. */
export function setUp<C extends object>(
  client: C,
  options: Partial<ThrottleClientOptions>,
  rules: Rule[] = [WEIGHT],
) {
  const throttler = new Watched(rules);
  const { detach } = throttleClient(client, throttler, { calls: {}, ...options });
  onTestFinished(detach);
  return { client, throttler, detach, used: () => 1000 - (throttler.left('WEIGHT') ?? 0) };
}
