import type { Permit, ReleaseOptions, ThrottleCost, Throttler } from '../../index.js';
import { itemsOf, lowerCost } from '../../shared/actual-cost.js';
import type { HeaderView } from '../../shared/header-view.js';
import type { RequestWatch, SentRequest, Watcher } from '../transport/channels.js';
import { publishesAll } from '../transport/node.js';
import type { Call, Outcome } from '../types.js';
import { answerOf, contentsOf } from './outcome.js';
import { beyond, isSamePath, queueable } from './requests.js';
import type { Settings } from './settings.js';

/** A request within a call, and the response to it. */
class Request implements RequestWatch {
  permit: Permit | undefined;
  /** Of the response; 0 before it has come. */
  status = 0;
  headers: HeaderView | undefined;
  /** Follows the request for another throttler. */
  above: RequestWatch | undefined;
  readonly cost: ThrottleCost;
  readonly #call: GrantedCall;

  constructor(call: GrantedCall, cost: ThrottleCost, permit: Permit | undefined) {
    this.#call = call;
    this.cost = cost;
    this.permit = permit;
  }

  answered(status: number, headers: HeaderView): void {
    this.above?.answered(status, headers);
    this.status = status;
    this.headers = headers;
    this.#call.answered(this);
  }

  ended(): void {
    this.above?.ended();
    this.#call.ended(this);
  }
}

const REFUND: ReleaseOptions = { refund: true };

/** Whether a status is that of a redirect, which clients follow. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * A call of a gated method, from its grant until it settles.
 *
 * Its first request to the path of the call is its own, which the permit has paid for. Others are
 * extra: repetitions by the client, a look at the server's clock, pages of a list. They cannot wait
 * any more and are charged at once, before all that waits. A request that follows a redirect
 * continues the one before.
 *
 * An answer is reported when its headers have come. Where refusals are read out of bodies, it is
 * reported when the call settles or sends its next request, and a refusal at the latest when its
 * body has come.
 */
export class GrantedCall implements Watcher {
  readonly throttler: Throttler;
  readonly cost: ThrottleCost;
  readonly #settings: Settings;
  readonly #read: Call | undefined;
  readonly #permit: Permit;
  readonly #parent: Watcher | undefined;
  // Most calls have one request: lists are made when they are needed.
  #extras: Permit[] | undefined;
  /** Requests whose answer was a redirect that has not been followed so far. */
  #redirected: Request[] | undefined;
  /** Requests whose answer has come and is not reported so far. */
  #unreported: Request[] | undefined;
  #requests = 0;
  #answers = 0;
  #hasOwn = false;
  #isClaimed = false;
  #isSettled = false;

  /**
   * @param read the call; undefined if its reader returned a cost
   * @param parent the call within which this one was made
   */
  constructor(
    settings: Settings,
    read: Call | undefined,
    cost: ThrottleCost,
    permit: Permit,
    parent: Watcher | undefined,
  ) {
    this.throttler = settings.throttler;
    this.cost = cost;
    this.#settings = settings;
    this.#read = read;
    this.#permit = permit;
    this.#parent = parent;
  }

  /**
   * Returns the call of a throttler within which the current code runs, if it has not settled; code
   * that a call has left running, such as a timer, is no part of it.
   */
  static around(watcher: Watcher | undefined, throttler: Throttler): GrantedCall | undefined {
    let call = watcher;
    while (call instanceof GrantedCall) {
      if (call.throttler === throttler) return call.#isSettled ? undefined : call;
      call = call.#parent;
    }
    return undefined;
  }

  /**
   * Whether a call that is made within this one is the same call, which a public method passes on
   * to an internal one. The first such call needs no permit of its own.
   */
  claim(read: Call | undefined): boolean {
    const own = this.#read;
    const isSame =
      own === undefined || read === undefined
        ? own === read
        : own.method.toUpperCase() === read.method.toUpperCase() && isSamePath(own.path, read.path);
    if (!isSame || this.#isClaimed || this.#hasOwn) return false;
    this.#isClaimed = true;
    return true;
  }

  sent(sent: SentRequest): RequestWatch | undefined {
    return this.#follow(sent, this.#parent === undefined ? undefined : this.#tellOthers(sent));
  }

  /** Tells the nearest call of each other throttler within which this one was made. */
  #tellOthers(sent: SentRequest): RequestWatch | undefined {
    const told: GrantedCall[] = [this];
    for (let call = this.#parent; call instanceof GrantedCall; call = call.#parent) {
      const { throttler } = call;
      if (!told.some((other) => other.throttler === throttler)) told.push(call);
    }
    return told
      .slice(1)
      .reduceRight<RequestWatch | undefined>((above, call) => call.#follow(sent, above), undefined);
  }

  /** @param above follows the request for other throttlers */
  #follow(sent: SentRequest, above: RequestWatch | undefined): RequestWatch | undefined {
    if (this.#isSettled || this.#settings.read !== 'http') return above;
    const request = this.#requestOf(sent);
    request.above = above;
    return request;
  }

  /** Reports what is not reported so far, and releases the permits. */
  settle(outcome: Outcome): void {
    this.#isSettled = true;
    const { reporter } = this.#settings;
    try {
      this.#release(this.#finish(outcome) ? REFUND : this.#actual(outcome));
    } catch (error) {
      // A getter of the outcome has thrown.
      reporter.surface(error);
      this.#release();
    }
    if (this.#extras === undefined) return;
    for (const permit of this.#extras) reporter.attempt(() => permit.release());
  }

  #release(options?: ReleaseOptions): void {
    try {
      this.#permit.release(options);
    } catch (error) {
      this.#settings.reporter.surface(error);
    }
  }

  /** Returns the cost of a call whose answer was shorter than the longest, which it had paid. */
  #actual({ value }: Outcome): ReleaseOptions | undefined {
    const { actual } = this.#settings;
    // Of several requests it is not known which one the list answers.
    if (actual === undefined || this.#read === undefined || this.#requests > 1) return undefined;
    const items = itemsOf(value) ?? itemsOf((Object(value) as { data?: unknown }).data);
    if (items === undefined) return undefined;
    const cost = lowerCost(this.cost, actual(this.#read, items));
    return cost && { cost };
  }

  /** Returns whether the call has sent nothing. */
  #finish(outcome: Outcome): boolean {
    const { read, reporter, profile } = this.#settings;
    const { cost } = this;
    const permit = this.#permit;
    if (typeof read === 'function') {
      const report = reporter.attempt(() => read(outcome, { cost, profile }));
      if (report) reporter.tell({ ...report, permit });
      return false;
    }
    if (this.#answers > 0) {
      if (this.#redirected !== undefined) this.#addRedirected(this.#redirected);
      if (this.#unreported !== undefined)
        this.#report(reporter.readsBodies ? contentsOf(outcome) : undefined);
      return false;
    }
    // Sent, and lost on the way.
    if (this.#requests > 0) return false;
    const isFailure = 'error' in outcome;
    const contents = contentsOf(outcome);
    const isTold = !isFailure || reporter.refusalIn(contents, 400);
    const answer = answerOf(outcome) ?? (isTold && { status: isFailure ? 400 : 200, headers: {} });
    if (answer) reporter.report({ ...answer, cost, permit }, contents);
    else return read === 'http' && publishesAll();
    return false;
  }

  #requestOf(sent: SentRequest): Request {
    this.#requests++;
    this.#report();
    const followed = this.#redirected?.shift();
    if (followed) return followed;
    const isOwn = this.#read === undefined || isSamePath(sent.path, this.#read.path);
    if (isOwn && !this.#hasOwn) {
      this.#hasOwn = true;
      return new Request(this, this.cost, this.#permit);
    }
    return this.#extra(sent, isOwn);
  }

  /** Charges a request that was sent without a wait. */
  #extra({ method, path }: SentRequest, isOwn: boolean): Request {
    const { extra, costs, reporter, throttler } = this.#settings;
    const full =
      isOwn || costs === undefined
        ? this.cost
        : (reporter.attempt(() => costs({ method, path })) ?? {});
    const cost = extra === 'charge' ? queueable(throttler, full) : {};
    const request = new Request(this, cost, undefined);
    if (extra !== 'charge') return request;
    throttler.acquire(cost, { priority: 'critical' }).then(
      (permit) => {
        request.permit = permit;
        if (this.#isSettled) reporter.attempt(() => permit.release());
        else {
          this.#extras ??= [];
          this.#extras.push(permit);
        }
      },
      (error: unknown) => {
        // A throttler that was closed or cleared counts nothing any more.
        const { code } = Object(error) as { code?: unknown };
        if (code !== 'CLOSED' && code !== 'CLEARED') reporter.surface(error);
      },
    );
    return request;
  }

  answered(request: Request): void {
    this.#answers++;
    if (isRedirect(request.status) && !this.#isSettled) {
      this.#redirected ??= [];
      this.#redirected.push(request);
    } else if (this.#isSettled || !this.#settings.reporter.readsBodies) {
      this.#report();
      this.#tell(request, undefined);
    } else this.#add(request);
  }

  ended(request: Request): void {
    if (request.status < 400 || !this.#unreported?.includes(request)) return;
    // The call may be about to settle with the body, or else it waits before it tries again.
    const later = (globalThis as { setImmediate?: (work: () => void) => unknown }).setImmediate;
    (later ?? setTimeout)(() => {
      if (this.#unreported?.includes(request)) this.#report();
    });
  }

  #add(request: Request): void {
    this.#unreported ??= [];
    this.#unreported.push(request);
  }

  #addRedirected(redirected: readonly Request[]): void {
    this.#redirected = undefined;
    for (const request of redirected) this.#add(request);
  }

  /** @param contents values that may be the body of the last answer */
  #report(contents?: readonly unknown[]): void {
    const answered = this.#unreported;
    if (answered === undefined) return;
    this.#unreported = undefined;
    const last = answered.at(-1);
    for (const request of answered) this.#tell(request, request === last ? contents : undefined);
  }

  #tell(request: Request, contents: readonly unknown[] | undefined): void {
    this.#settings.reporter.report(request, contents);
  }

  /** Returns the cost of the same call beyond what this one has paid. */
  missing(cost: ThrottleCost): ThrottleCost {
    return queueable(this.throttler, beyond(cost, this.cost));
  }
}
