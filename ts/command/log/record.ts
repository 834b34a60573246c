/** Request of a log, as it was sent. */
export interface LogRecord {
  /** Unix ms at which it was sent. */
  readonly sent: number;
  /** Unix ms at which its response arrived; undefined if the log does not tell. */
  readonly received: number | undefined;
  readonly method: string;
  /** URL or path, with its query. */
  readonly url: string;
  /** Parameters that are not in the URL, or a body as text. */
  readonly params: object | string | undefined;
  /** Status of the response; undefined if the log does not tell. */
  readonly status: number | undefined;
  readonly headers: Headers;
}
