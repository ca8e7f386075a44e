{{- define "beffroi.selector" -}}
app.kubernetes.io/name: beffroi-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "beffroi.labels" -}}
{{ include "beffroi.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: beffroi
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "beffroi.image" -}}
{{- if or (empty .Values.image.repository) (empty .Values.image.digest) }}
{{- fail "image.repository and image.digest are both needed: the operator runs by digest, never by tag (or set replicas=0)" }}
{{- end }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- end }}

{{- define "beffroi.api.selector" -}}
app.kubernetes.io/name: beffroi-api
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "beffroi.api.labels" -}}
{{ include "beffroi.api.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: beffroi
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* What a Secret says of access to an S3 store, name by name: nothing else that it holds comes into the environment. */}}
{{- define "beffroi.s3" -}}
{{- range $name := list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" "AWS_SESSION_TOKEN" "AWS_ENDPOINT_URL" "AWS_REGION" "AWS_ALLOW_HTTP" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.secret }}
      key: {{ $name }}
      {{- if not (has $name (list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY")) }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}

{{/* The port of an address with a scheme. */}}
{{- define "beffroi.port" -}}
{{- $authority := regexReplaceAll "^[a-z]+://([^/?#]*).*$" . "${1}" -}}
{{- regexFind ":[0-9]+$" $authority | trimPrefix ":" | default (ternary "443" "80" (hasPrefix "https://" .)) -}}
{{- end }}
