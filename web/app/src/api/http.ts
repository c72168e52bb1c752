// Calls of the hub's HTTP interface; every failure becomes a problem that can be shown.

import type { Json, Problem } from './types';

const BASE = '/api/v1';

export class HubError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
  }
}

/** Calls the hub; throws a `HubError` when it says no or cannot be reached. */
export async function call<T>(method: string, path: string, body?: Json): Promise<T> {
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: { 'content-type': 'application/json', 'x-ingle': 'page' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new HubError(unreachable(error));
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  throw new HubError(isProblem(answer) ? answer : strange(response));
}

/** Any thrown thing as a problem. */
export function problemOf(error: unknown): Problem {
  return error instanceof HubError ? error.problem : unreachable(error);
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'title' in answer && 'detail' in answer;
}

function unreachable(error: unknown): Problem {
  return {
    type: 'about:blank',
    title: 'The hub cannot be reached',
    status: 0,
    detail: String(error),
    advice: 'Check that the hub runs and that this device is in its network.',
  };
}

function strange(response: Response): Problem {
  return {
    type: 'about:blank',
    title: 'The hub gave an answer that this page does not know',
    status: response.status,
    detail: `HTTP status ${response.status}`,
    advice: 'Reload the page; it may be older than the hub.',
  };
}
