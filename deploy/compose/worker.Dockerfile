# A service in any language on Debian, such as python:3.13-slim, that waits for the schema by itself: Slipway, the Node
# that it runs on, and the lock file, which says for which version this service was built.
ARG SCHEMA_IMAGE=slipway-example
FROM ${SCHEMA_IMAGE} AS schema

FROM docker.io/library/debian:bookworm-slim
COPY --from=schema /nodejs /nodejs
COPY --from=schema /opt/slipway /opt/slipway
COPY --from=schema /slipway/sql/schema.lock.json /slipway/sql/schema.lock.json
# Where `slipway` is, for commands that name it.
ENV PATH=/opt/slipway/bin:$PATH
WORKDIR /slipway
USER 65532:65532
ENTRYPOINT ["/bin/sh", "-c", "slipway wait && exec \"$@\"", "--"]
CMD ["sh", "-c", "echo working; exec sleep infinity"]
