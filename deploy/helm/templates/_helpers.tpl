{{- define "slipway.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "slipway.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "slipway.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* The version as the value of a label: at most 63 characters, with a letter or digit at both ends. */}}
{{- define "slipway.version" -}}
{{ regexReplaceAll "^[^A-Za-z0-9]+|[^A-Za-z0-9]+$" (include "slipway.tag" . | trunc 63) "" }}
{{- end }}

{{/*
A Job cannot be changed: another version or other values are another Job. Of hooks Helm deletes the one of the same name
before it makes the next, so that they do not pile up.
*/}}
{{- define "slipway.jobName" -}}
{{- if eq .Values.mode "hook" -}}
{{ include "slipway.name" . | trunc 52 | trimSuffix "-" }}-migrate
{{- else -}}
{{- $tag := regexReplaceAll "[^a-z0-9]+" (include "slipway.tag" . | lower) "-" | trunc 20 | trimSuffix "-" -}}
{{- $hash := printf "%s %s" (toJson .Values) (include "slipway.tag" .) | sha256sum | trunc 8 -}}
{{ include "slipway.name" . | trunc 32 | trimSuffix "-" }}-{{ $tag }}-{{ $hash }}
{{- end }}
{{- end }}

{{- define "slipway.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ include "slipway.version" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Variables of one login: (dict "root" . "login" .Values.database) */}}
{{- define "slipway.env" -}}
{{- $database := .root.Values.database }}
{{- if .login.urlSecret.name }}
- name: DATABASE_URL_FILE
  value: /run/secrets/slipway/{{ .login.urlSecret.key }}
{{- else }}
- name: PGHOST
  value: {{ $database.host | quote }}
- name: PGPORT
  value: {{ $database.port | quote }}
- name: PGDATABASE
  value: {{ $database.name | quote }}
- name: PGSSLMODE
  value: {{ $database.sslmode | quote }}
- name: PGUSER
  value: {{ .login.user | quote }}
- name: PGPASSWORD_FILE
  value: /run/secrets/slipway/{{ .login.passwordSecret.key }}
{{- end }}
{{- range $name, $value := .root.Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Its Secret as a volume: (dict "name" "..." "login" ...) */}}
{{- define "slipway.secretVolume" -}}
{{- $secret := ternary .login.urlSecret .login.passwordSecret (ne .login.urlSecret.name "") }}
- name: {{ .name }}
  secret:
    secretName: {{ $secret.name }}
    defaultMode: 0440
    items:
      - key: {{ $secret.key }}
        path: {{ $secret.key }}
{{- end }}

{{/* One container: (dict "root" . "name" "migrate" "args" (list "up") "login" .Values.database "volume" "slipway-owner") */}}
{{- define "slipway.container" -}}
- name: {{ .name }}
  image: {{ include "slipway.image" .root | quote }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: {{ toJson .args }}
  terminationMessagePolicy: FallbackToLogsOnError
  env:
    {{- include "slipway.env" . | trim | nindent 4 }}
  {{- with .root.Values.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  resources:
    {{- toYaml .root.Values.resources | nindent 4 }}
  securityContext:
    {{- toYaml .root.Values.securityContext | nindent 4 }}
  volumeMounts:
    - name: {{ .volume }}
      mountPath: /run/secrets/slipway
      readOnly: true
    {{- with .root.Values.volumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/*
The init container with which an application waits for the schema, by its own login. Its volumes are
"slipway.waitVolume", which the pod needs as well, and `fsGroup: 65532` in its securityContext.
*/}}
{{- define "slipway.wait" -}}
{{- if and .Values.database.urlSecret.name (not .Values.wait.urlSecret.name) }}
{{- fail "database.urlSecret names a Secret, so the init container does not know the server: set wait.urlSecret, with the application's own login" }}
{{- end }}
{{ include "slipway.container" (dict "root" . "name" "wait-for-schema" "args" (list "wait" "--timeout" .Values.wait.timeout) "login" .Values.wait "volume" "slipway-wait") }}
{{- end }}

{{- define "slipway.waitVolume" -}}
{{ include "slipway.secretVolume" (dict "name" "slipway-wait" "login" .Values.wait) | trim }}
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What a pod of ours is, but for its containers. */}}
{{- define "slipway.pod" -}}
restartPolicy: Never
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  {{- include "slipway.secretVolume" (dict "name" "slipway-owner" "login" .Values.database) | trim | nindent 2 }}
  {{- with .Values.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "slipway.podMetadata" -}}
labels:
  {{- include "slipway.labels" . | nindent 2 }}
  {{- with .Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* (dict "container" "migrate" "codes" (list ...)) */}}
{{- define "slipway.podFailurePolicy" -}}
rules:
  # A drained node says nothing about the migration.
  - action: Ignore
    onPodConditions:
      - type: DisruptionTarget
        status: "True"
  - action: FailJob
    onExitCodes:
      containerName: {{ .container }}
      operator: In
      values: {{ toJson .codes }}
{{- end }}
