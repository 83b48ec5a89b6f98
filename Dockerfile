# The image of Forewarn: the compiled program, its few dependencies and Node.js; no compiler, no npm
# cache, no test. It runs as the user 1000, and writes nowhere but below /var/lib/forewarn, so its
# own files may be mounted read-only:
#
#   docker build -t forewarn .
#   docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:8686:8686 forewarn demo --listen :8686
#
# A configuration of your own is mounted at /etc/forewarn/forewarn.yaml; `server.listen` must be
# `:8686` there, or nobody outside of the container reaches it.

# Node.js 24.18.0, by the digest of the list of all platforms.
ARG NODE_IMAGE=node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY dashboard dashboard
RUN npm run build && \
    find dist \( -name '*.d.ts' -o -name '*.map' \) -exec rm {} +

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Forewarn" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    FOREWARN_CONFIG=/etc/forewarn/forewarn.yaml
COPY --from=dependencies /build/node_modules /opt/forewarn/node_modules
COPY --from=build /build/dist /opt/forewarn/dist
COPY package.json LICENSE /opt/forewarn/
COPY examples /opt/forewarn/examples
RUN ln -s /opt/forewarn/dist/cli/main.js /usr/local/bin/forewarn && \
    chmod +x /opt/forewarn/dist/cli/main.js && \
    mkdir -p /etc/forewarn /var/lib/forewarn && \
    chown 1000:1000 /var/lib/forewarn
USER 1000:1000
# The store's folder is relative: what is learned lies in the volume.
WORKDIR /var/lib/forewarn
VOLUME /var/lib/forewarn
EXPOSE 8686/tcp
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["forewarn", "health"]
ENTRYPOINT ["forewarn"]
CMD ["run"]
