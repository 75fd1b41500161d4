// Calls of the documented API from our own pages: the session's cookie goes with them, refusals come as `Refused`.

const language = document.documentElement.lang;

/** What the service refused, in the reader's language; `problems` name fields, `mend` says what to do;
 * `retryAfter` is the seconds to wait, where asking again would do. */
export class Refused extends Error {
  constructor(status, problem, etag, retryAfter) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.problem = problem;
    this.problems = problem.errors || [];
    this.etag = etag;
    this.retryAfter = retryAfter;
  }
}

/** No answer came at all: the network or the service is away. */
export class Unreachable extends Error {}

/**
 * Asks `/v1…` and yields `{status, body, etag}`; raises `Refused` or `Unreachable`.
 * `options`: `body` (sent as JSON), `ifMatch`, `key` (Idempotency-Key), `signal`.
 */
export async function ask(method, path, options = {}) {
  const headers = { "Accept": "application/json", "Accept-Language": language };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.ifMatch) headers["If-Match"] = options.ifMatch;
  if (options.key) headers["Idempotency-Key"] = options.key;
  let answer;
  try {
    answer = await fetch(path, {
      method, headers, signal: options.signal, credentials: "same-origin",
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable(error.message);
  }
  const text = await answer.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = { detail: text.slice(0, 200) };
  }
  if (!answer.ok) throw new Refused(answer.status, body || {}, answer.headers.get("ETag"), answer.headers.get("Retry-After"));
  return { status: answer.status, body, etag: answer.headers.get("ETag") };
}
