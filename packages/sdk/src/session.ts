// The tokens of one signed-in user, traded for new ones when the access token has expired.
// Invariant: a refresh token is used once; whoever needs a new access token meanwhile waits for the same trade.
import { authApi } from '@holdfast/shared/contracts';
import { request } from './request.ts';

/** What signing in answers; without a refresh token it ends with its access token. */
export type Session = { accessToken: string; refreshToken?: string | undefined };

export interface SessionKeeper {
  readonly current: Session | undefined;
  /** After this token was refused: true when there is another one to try. */
  renew(refused: string | undefined): Promise<boolean>;
}

export interface SessionOptions {
  readonly session: Session | undefined;
  /** Called with every new pair of tokens, for whoever stores them. */
  readonly onSession?: ((session: Session) => void) | undefined;
  readonly nextUrl: () => string;
}

/** Keeps a session alive. */
export function keepSession({ session, onSession, nextUrl }: SessionOptions): SessionKeeper {
  let current = session;
  let renewing: Promise<boolean> | undefined;

  async function trade(refreshToken: string): Promise<boolean> {
    const { method, path } = authApi.refresh;
    const answer = await request<Session>(nextUrl(), method, path, { body: { refreshToken } }).catch(() => undefined);
    if (answer?.status !== 200) return false;
    current = { accessToken: answer.body.accessToken, refreshToken: answer.body.refreshToken };
    onSession?.(current);
    return true;
  }

  return {
    get current() {
      return current;
    },
    async renew(refused) {
      if (current?.accessToken !== refused) return true;
      if (current?.refreshToken === undefined) return false;
      renewing ??= trade(current.refreshToken).finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
}
