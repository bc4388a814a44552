export { type CallOf, type Client, type ClientOptions, createClient } from './client.ts';
export { ApiProblem, NoAnswer } from './errors.ts';
export { type Answer, type Problem, type RequestOptions, request } from './request.ts';
export type { Session } from './session.ts';
