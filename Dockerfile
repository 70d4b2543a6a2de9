# Nothing is compiled here: what is native comes along in its npm package.
FROM node:24-trixie-slim AS build
WORKDIR /app
# The dependencies first: a layer that changes only when they do.
COPY package.json package-lock.json .npmrc ./
COPY common/sentry/no-bundler-plugins ./common/sentry/no-bundler-plugins
COPY common/state/older-node ./common/state/older-node
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY bin ./bin
COPY common ./common
COPY exporter ./exporter
COPY alert-bridge ./alert-bridge
COPY docs/runbooks ./docs/runbooks
# The list of what is in the image, with licences, for those who ask: CycloneDX.
RUN npm run build \
  && npm sbom --sbom-format cyclonedx --omit dev > sbom.cdx.json \
  && npm prune --omit=dev --no-audit --no-fund
# Two thirds of it no program here reads: source maps, types, bundles for browsers, sources in C, binaries for other systems.
RUN find node_modules dist -type f \
    \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -name '.tsbuildinfo' \
    -o -name '*darwin*.node' -o -name '*win32*.node' -o -name '*musl*.node' \) -delete \
  && rm -rf node_modules/echarts/dist node_modules/better-sqlite3/deps node_modules/better-sqlite3/src
# The configuration files keep their places, which are the defaults of EXPORTER_CONFIG and BRIDGE_CONFIG; so do the
# runbooks, which the chat shows by a button.
RUN mkdir config \
  && find exporter alert-bridge -name '*.yml' -exec cp --parents {} config/ \; \
  && cp --parents docs/runbooks/*.md config/

FROM node:24-trixie-slim
# An empty RELEASE means unset: the services then name the version of package.json.
ARG RELEASE=""
ENV NODE_ENV=production \
    RELEASE=${RELEASE} \
    INSTALLATION=docker \
    STATE_DIR=/app/var/state \
    LOG_DIR=/app/var/log
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/config ./
# A volume that is first mounted here takes over this owner, so the services can write to it.
RUN mkdir -p /app/var/state /app/var/log && chown -R node:node /app/var && chmod 0700 /app/var/state /app/var/log
USER node
STOPSIGNAL SIGTERM
# docker-compose.yml names the service to run; alone, the image runs the exporter.
CMD ["node", "--import", "./dist/common/sentry/instrument.js", "dist/exporter/main.js"]
