import got from 'got';

/** A got client whose requests wait, are signed after it, and report their answers. */
export function throttledGot(throttler, profile, sign) {
  const costOf = ({ method, url }) => profile.costs(method, String(url));
  return got.extend({
    hooks: {
      // Runs for each try; `timeout.request` does not count it. Signing comes last.
      beforeRequest: [
        async (options) => {
          const { signal } = options;
          options.context.permit = await throttler.acquire(costOf(options), { signal });
          sign(options);
        },
      ],
      // Sees refusals too, which got would throw only later.
      afterResponse: [
        (response) => {
          const { permit } = response.request.options.context;
          throttler.report({ status: response.statusCode, headers: response.headers, permit });
          permit.release();
          return response;
        },
      ],
      beforeError: [
        (error) => {
          error.options?.context?.permit?.release();
          return error;
        },
      ],
    },
    // A refusal is paused for by the throttler, and never answered by a hasty repetition.
    retry: { limit: 0 },
  });
}
