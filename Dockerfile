# docker build -t slipway .                    the bundled example: Slipway with its schema
# docker build -t slipway --target slipway .   Slipway alone; a team's own image: FROM that, COPY sql and migrations
# docker build -t app --target app .           a service that is gated by its schema
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# esbuild needs no install script, and what runs none cannot be attacked through one.
RUN npm ci --ignore-scripts
COPY build.mjs tsconfig.json ./
COPY scripts/build ./scripts/build
COPY src ./src
COPY sql ./sql
COPY migrations ./migrations
RUN npm run build

FROM build AS build-app
COPY examples/app ./examples/app
RUN npx esbuild examples/app/server.ts --bundle --platform=node --target=node20 --external:pg-native --outfile=dist/server.js

FROM ${RUNTIME_IMAGE} AS slipway
ARG VERSION=unreleased
LABEL org.opencontainers.image.title="slipway" \
      org.opencontainers.image.description="Waits for PostgreSQL, brings its schema to the version in this image, proves that it got there, and exits." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production
WORKDIR /slipway
COPY --from=build /build/dist/slipway.js /build/dist/licences.txt ./
COPY --from=build /build/dist/program ./program
COPY healthcheck ./healthcheck
# The first start keeps what V8 compiled of the program, so that no other has to compile it; only root may write it.
USER 0:0
RUN ["/nodejs/bin/node", "/slipway/slipway.js", "--version"]
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "--disable-warning=ExperimentalWarning", "/slipway/slipway.js"]
CMD ["up"]

FROM slipway AS example
COPY sql ./sql
COPY migrations ./migrations

# The schema's files are in it too: they are what the gate measures the database by.
FROM example AS app
COPY --from=build-app /build/dist/server.js /app/server.js
EXPOSE 8080
ENTRYPOINT ["/nodejs/bin/node", "--import", "/slipway/healthcheck/gate.mjs", "/app/server.js"]
CMD []

FROM example
