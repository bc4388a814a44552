// A session that ended before its access tokens did.
export type RevokedSession = { sessionId: string; tenantId: string; userId: string; revokedAt: Date };
