/** What the readers of sources hand to the comparison. */

/** So much of a limit. */
export interface Charge {
  /** What is counted together, in the exchange's terms: `IP`, `UID`, `ORDERS_10S`, `SPOT`; absent if the source does not say. */
  pool?: string;
  cost: number;
  limit: number;
  /** Milliseconds. */
  interval: number;
  /** The source gives a speed alone: the length of the window says nothing. */
  isSpeed?: boolean;
}

/** How ccxt calls an endpoint. */
export interface CcxtCall {
  id: string;
  api: string | string[];
  path: string;
  config: Record<string, unknown>;
}

/** What a source says that one request costs. */
export interface Figure {
  source: string;
  /** The vendor's own text goes before that of others. */
  isVendor: boolean;
  /** Of the profile that knows the endpoint, or should. */
  profile: string;
  /** `GET /api/v3/depth` */
  endpoint: string;
  /** Sent with the request. */
  params: Record<string, unknown>;
  charges: Charge[];
  /** Where the source is ccxt: the adapter is asked as well. */
  call?: CcxtCall;
}

/** What one of ours charges. */
export interface Ours {
  by: 'profile' | 'adapter';
  /** Rule ids and costs, as text. */
  text: string;
  charges: (Charge & { rule: string })[];
  /** It is in no table. */
  unknown: boolean;
}

export type Verdict = 'same' | 'dangerous' | 'careful' | 'other pool';

export interface Row {
  figure: Figure;
  ours: Ours;
  says: string;
  verdict: Verdict;
  /** So many times more (or less) than the source allows. */
  times: number;
}
