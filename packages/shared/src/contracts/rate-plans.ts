// The rate plans of tenants: how many requests one may make, and how large a file may be that one imports. An operator
// sets it; the access token tells it to the gateway, which has no database.

export const ratePlans = ['standard', 'plus', 'unlimited'] as const;
export type RatePlan = (typeof ratePlans)[number];

/** The plan that a text names; `standard` for anything else, so that a name of a later release is no outage. */
export function ratePlanOf(name: unknown): RatePlan {
  return ratePlans.find((plan) => plan === name) ?? 'standard';
}

/** What one import may have: its file is stored as it comes, its rows are compared with one another in memory. */
export const importLimits: Readonly<Record<RatePlan, { readonly bytesMax: number; readonly rowsMax: number }>> = {
  standard: { bytesMax: 33_554_432, rowsMax: 100_000 },
  plus: { bytesMax: 134_217_728, rowsMax: 500_000 },
  unlimited: { bytesMax: 536_870_912, rowsMax: 2_000_000 },
};
