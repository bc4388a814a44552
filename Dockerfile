# One image per service: docker build --build-arg SERVICE=orders -t holdfast/orders .
# The workspace layout is kept: Node refuses to strip types below node_modules, so nothing is copied there.
FROM node:24-slim AS build
ARG SERVICE
WORKDIR /app
RUN test -n "$SERVICE" || (echo "pass --build-arg SERVICE=<auth|catalog|inventory|orders|realtime|gateway>" && exit 1)
RUN npm install --global --no-audit --no-fund pnpm@12.21.0
# Manifests first, so that a change of code does not install again.
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages/shared/package.json packages/shared/
COPY services/${SERVICE}/package.json services/${SERVICE}/
RUN pnpm install --prod --frozen-lockfile --filter "@holdfast/${SERVICE}..."
COPY packages/shared packages/shared
COPY services/${SERVICE} services/${SERVICE}

FROM node:24-slim
ARG SERVICE
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 SERVICE=${SERVICE}
WORKDIR /app
COPY --from=build --chown=root:root /app ./
# Where the catalog keeps files: a volume takes its owner from here.
RUN mkdir /files && chown node:node /files
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# `exec`, so that SIGTERM reaches Node itself and it can drain.
CMD ["sh", "-c", "exec node services/$SERVICE/src/main.ts"]
