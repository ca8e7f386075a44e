{{- define "stand-in.selector" -}}
app.kubernetes.io/name: stand-in
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "stand-in.labels" -}}
{{ include "stand-in.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "stand-in.image" -}}
{{- $image := .Values.image | toString }}
{{- if not (regexMatch "@sha256:[0-9a-f]{64}$" $image) }}
{{- fail (printf "image must end with its digest, @sha256:…, not %q" $image) }}
{{- end }}
{{- $image }}
{{- end }}
