{{/* What tells apart; the argument is (list root component). */}}
{{- define "beffroi.selector" -}}
app.kubernetes.io/name: beffroi-{{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
{{- end }}

{{/* What every object bears; the argument is (list root component). */}}
{{- define "beffroi.labels" -}}
{{- $root := index . 0 -}}
{{ include "beffroi.selector" . }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: beffroi
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* An image by its digest, or a word on what to write; the argument is (dict "at" where "is" value "or" what else). */}}
{{- define "beffroi.image" -}}
{{- $repository := .is.repository | toString -}}
{{- $digest := .is.digest | toString -}}
{{- if or (empty $repository) (empty $digest) }}
{{- fail (printf "%s.repository and %s.digest are both needed: Beffroi runs by digest, never by tag (or set %s)" .at .at .or) }}
{{- end }}
{{- if contains "@" $repository }}
{{- fail (printf "%s.repository is %q: write what stands behind @ into %s.digest" .at $repository .at) }}
{{- end }}
{{- if regexMatch ":[^/]*$" $repository }}
{{- fail (printf "%s.repository is %q, with a tag, which may name another image tomorrow: leave the tag out, and write what `crane digest %s` prints into %s.digest" .at $repository $repository .at) }}
{{- end }}
{{- if or (contains "//" $repository) (not (regexMatch "^[a-z0-9]([a-z0-9.:/_-]*[a-z0-9])?$" $repository)) }}
{{- fail (printf "%s.repository is %q: write HOST/PATH in small letters, without https://" .at $repository) }}
{{- end }}
{{- if not (regexMatch "^sha256:[0-9a-f]{64}$" $digest) }}
{{- fail (printf "%s.digest is %q: write sha256: and 64 hexadecimal digits, as `crane digest %s:TAG` prints them; a tag is no digest" .at $digest $repository) }}
{{- end }}
{{- printf "%s@%s" $repository $digest }}
{{- end }}

{{- define "beffroi.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Of a pod: what Pod Security `restricted` asks for, and a numeric user that owns nothing. */}}
{{- define "beffroi.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Of a container. */}}
{{- define "beffroi.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Where pods run, but for what is a component's own; the argument is (list root component). */}}
{{- define "beffroi.scheduling" -}}
{{- $values := (index . 0).Values -}}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Over zones and nodes, where there are several; the argument is (list root component). */}}
{{- define "beffroi.spread" -}}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "beffroi.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{/* What a Secret says of access to an S3 store, name by name: nothing else that it holds comes into the environment. */}}
{{- define "beffroi.s3" -}}
{{- range $name := list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" "AWS_SESSION_TOKEN" "AWS_ENDPOINT_URL" "AWS_REGION" "AWS_ALLOW_HTTP" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.secret | quote }}
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

{{/* Which value leads people to the API from outside; empty: none does. */}}
{{- define "beffroi.api.door" -}}
{{- if .Values.api.ingress.host }}api.ingress.host{{ else if .Values.api.route.host }}api.route.host{{ end }}
{{- end }}

{{/* Peers that read health and metrics: those who watch, and the pod of `helm test`. */}}
{{- define "beffroi.watchers" -}}
{{- with .Values.networkPolicy.metricsFrom }}
{{ toYaml . }}
{{- end }}
{{- if .Values.cli.image.digest }}
- podSelector:
    matchLabels: {{- include "beffroi.selector" (list . "test") | nindent 6 }}
{{- end }}
{{- end }}

{{/* A rule of egress: names are looked up. */}}
{{- define "beffroi.names" -}}
# DNS, whose pods listen on 5353 in OpenShift.
- ports:
    {{- range $port := list 53 5353 }}
    {{- range $protocol := list "UDP" "TCP" }}
    - port: {{ $port }}
      protocol: {{ $protocol }}
    {{- end }}
    {{- end }}
{{- end }}
