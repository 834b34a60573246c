/** Types of the data that readers of sources pass to the comparison. */

/** A cost under one limit. */
export interface Charge {
  /**
   * The exchange's name for the limit: `IP`, `UID`, `ORDERS_10S`, `SPOT`. Absent if the source has
   * none.
   */
  pool?: string;
  cost: number;
  limit: number;
  /** Interval of the limit in milliseconds. */
  interval: number;
  /** Whether the source only states a speed, so that the length of the interval has no meaning. */
  isSpeed?: boolean;
}

/** A call of an endpoint by ccxt. */
export interface CcxtCall {
  id: string;
  api: string | string[];
  path: string;
  config: Record<string, unknown>;
}

/** The cost of one request by a source. */
export interface Figure {
  source: string;
  /** Whether the source is the vendor's own, which takes precedence over others. */
  isVendor: boolean;
  /** Name of the profile that has the endpoint, or should have it. */
  profile: string;
  /** Method and path, such as `GET /api/v3/depth`. */
  endpoint: string;
  /** Parameters of the request. */
  params: Record<string, unknown>;
  charges: Charge[];
  /** The call for the adapter, which is compared too if the source is ccxt. */
  call?: CcxtCall;
}

/** The charges of our profile or adapter. */
export interface Ours {
  by: 'profile' | 'adapter';
  /** Rule ids and costs, as text. */
  text: string;
  charges: (Charge & { rule: string })[];
  /** Whether the endpoint is in no cost table. */
  unknown: boolean;
}

export type Verdict = 'same' | 'dangerous' | 'careful' | 'other pool';

export interface Row {
  figure: Figure;
  ours: Ours;
  says: string;
  verdict: Verdict;
  /** Factor by which we allow more (or less) than the source. */
  times: number;
}
