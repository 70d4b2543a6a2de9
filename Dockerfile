# Build: the compilers are for better-sqlite3, which compiles itself where no prebuilt binary fits.
FROM node:24-bookworm-slim AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# The dependencies first: a layer that changes only when they do.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY bin ./bin
COPY common ./common
COPY exporter ./exporter
COPY alert-bridge ./alert-bridge
COPY docs/runbooks ./docs/runbooks
RUN npm run build && npm prune --omit=dev --no-audit --no-fund
# The configuration files keep their places, which are the defaults of EXPORTER_CONFIG and BRIDGE_CONFIG; so do the
# runbooks, which the chat shows by a button.
RUN mkdir config \
  && find exporter alert-bridge -name '*.yml' -exec cp --parents {} config/ \; \
  && cp --parents docs/runbooks/*.md config/

FROM node:24-bookworm-slim
# An empty RELEASE means unset: the services then name the version of package.json.
ARG RELEASE=""
ENV NODE_ENV=production \
    RELEASE=${RELEASE} \
    INSTALLATION=docker \
    STATE_DIR=/app/var/state \
    LOG_DIR=/app/var/log
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/config ./
# A volume that is first mounted here takes over this owner, so the services can write to it.
RUN mkdir -p /app/var/state /app/var/log && chown -R node:node /app/var && chmod 0700 /app/var/state /app/var/log
USER node
STOPSIGNAL SIGTERM
# docker-compose.yml names the service to run; alone, the image runs the exporter.
CMD ["node", "--import", "./dist/common/sentry/instrument.js", "dist/exporter/main.js"]
