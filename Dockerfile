# syntax=docker/dockerfile:1

# The current LTS of Node.js; the bundle itself runs from 20.19 on. By digest, so that what is built is what was looked at;
# docs/install.md says how to change it.
ARG NODE_IMAGE=node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# Packages first: their layer changes only with the lockfile.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY LICENSE tsconfig.json ./
COPY .ci/build.mjs .ci/build-extension.mjs .ci/web-assets.mjs .ci/
COPY src src
ARG BUILD_COMMIT SOURCE_DATE_EPOCH
RUN BUILD_COMMIT=${BUILD_COMMIT} SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} npm run build

FROM ${NODE_IMAGE}
# npm and yarn are never run here, and scanners find old packages in them.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git gnupg openssh-client tini \
 && rm -rf /var/lib/apt/lists/* \
 && rm -rf /usr/local/lib/node_modules /opt/yarn* \
 && rm -f /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg

# The user, home and configuration paths of Argo CD Image Updater, so that its volume mounts fit.
RUN userdel --remove node \
 && useradd --uid 1000 --user-group --home-dir /app --no-create-home --shell /usr/sbin/nologin lynceus \
 && install --directory --owner=lynceus --group=lynceus /app /app/config /app/config/ssh /app/config/tls \
 && install --directory --owner=lynceus --group=lynceus --mode=0700 /app/.ssh /app/.gnupg

# package.json says that the bundle is made of ES modules.
COPY --from=build /build/package.json /build/LICENSE /opt/lynceus/
COPY --from=build /build/dist /opt/lynceus/dist
# The two flags keep a daemon that watches 5,000 Applications below 200 MB; NODE_OPTIONS does not take the second.
RUN printf '#!/bin/sh\nexec node --max-semi-space-size=2 --optimize-for-size /opt/lynceus/dist/lynceus.js "$@"\n' > /usr/local/bin/lynceus \
 && chmod 0755 /usr/local/bin/lynceus \
 && ln -s lynceus /usr/local/bin/argocd-image-updater

# Names are resolved by these threads, which also read files: name servers that are silent must not hold up the rest.
ENV HOME=/app NODE_ENV=production UV_THREADPOOL_SIZE=32
WORKDIR /app

# What V8 makes of the program, kept for the next start: it must be made by the same user with the same flags. Nobody but root
# writes there afterwards, as it is code.
RUN install --directory --owner=lynceus /opt/lynceus/dist/compiled \
 && setpriv --reuid=lynceus --regid=lynceus --clear-groups sh -c 'lynceus demo; lynceus plan --kubeconfig /dev/null' > /dev/null 2>&1 || test -n "$(ls /opt/lynceus/dist/compiled)" \
 && chown --recursive root:root /opt/lynceus/dist/compiled \
 && chmod --recursive u=rwX,go=rX /opt/lynceus/dist/compiled
USER 1000:1000

# tini passes signals on and reaps what git leaves behind. Kubernetes asks for the health over HTTP: no HEALTHCHECK.
ENTRYPOINT ["/usr/bin/tini", "--", "lynceus"]
CMD ["run"]
