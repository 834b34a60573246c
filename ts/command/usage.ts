/** The help of the command. */
export const USAGE = `Usage: multi-throttler plan <job.json> [options]
       multi-throttler plan --from <log> [options]

Simulates a bot before it runs: what rate each of its jobs gets, how long its requests wait, how
full each limit of the exchange is, and what holds what back. The job file describes the requests:

  {
    "exchange": "binanceSpot",
    "symbols": 40,
    "jobs": [
      { "name": "books", "path": "/api/v3/depth",
        "params": { "symbol": "{symbol}", "limit": 100 }, "every": "2s" },
      { "name": "orders", "method": "POST", "path": "/api/v3/order",
        "perSecond": 2, "burst": 5, "priority": "critical" }
    ]
  }

Options:
  --grow <path>    the largest number that keeps the bound: symbols, jobs.books.symbols,
                   jobs.orders.perSecond
  --tiers          which tier of the account the plan needs
  --p99 <time>     the bound of the p99 wait of each job, in ms or such as 2s; default 1s.
                   Without --grow and --tiers, the exit code is 1 if the plan breaks it
  --json           print the result as JSON
  --html <file>    write the result as a page with charts
  --from <log>     examine a log of requests as they were sent (NDJSON or HAR) in place of a plan
  --exchange <name>  exchange of a log whose URLs do not tell
  -v, --version    print the version
  -h, --help       print this text

Guide: https://www.npmjs.com/package/multi-throttler (docs/guides/plan.md)
`;
