# The images of a release, for both kinds of machine:
#   VERSION=0.1.0 REVISION=$(git rev-parse HEAD) CREATED=$(git log -1 --format=%cI) docker buildx bake --push
# The program is the same file on each; what V8 compiled of it is not. It runs on both alike: Node has no code of ours.

variable "REGISTRY" { default = "" }
variable "VERSION" { default = "unreleased" }
variable "REVISION" { default = "unknown" }
variable "CREATED" { default = "unknown" }
variable "SOURCE" { default = "unknown" }
variable "BUILD_IMAGE" { default = "node:24-bookworm-slim" }
variable "BUILD_DIGEST" { default = "unknown" }
variable "RUNTIME_IMAGE" { default = "gcr.io/distroless/nodejs24-debian12:nonroot" }
variable "RUNTIME_DIGEST" { default = "unknown" }

group "default" {
  targets = ["slipway", "slipway-dev"]
}

target "release" {
  platforms = ["linux/amd64", "linux/arm64"]
  args = {
    VERSION        = VERSION
    REVISION       = REVISION
    CREATED        = CREATED
    SOURCE         = SOURCE
    BUILD_IMAGE    = BUILD_DIGEST == "unknown" ? BUILD_IMAGE : "${BUILD_IMAGE}@${BUILD_DIGEST}"
    RUNTIME_IMAGE  = RUNTIME_DIGEST == "unknown" ? RUNTIME_IMAGE : "${RUNTIME_IMAGE}@${RUNTIME_DIGEST}"
    RUNTIME_DIGEST = RUNTIME_DIGEST
  }
  attest = ["type=provenance,mode=max", "type=sbom"]
}

target "slipway" {
  inherits = ["release"]
  target   = "slipway"
  tags     = ["${REGISTRY}slipway:${VERSION}", "${REGISTRY}slipway:latest"]
}

target "slipway-dev" {
  inherits = ["release"]
  target   = "slipway-dev"
  tags     = ["${REGISTRY}slipway-dev:${VERSION}"]
}
