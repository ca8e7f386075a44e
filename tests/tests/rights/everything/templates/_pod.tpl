{{- define "everything.meta" -}}
name: {{ .Release.Name }}
labels:
  mark: {{ .Values.mark }}
{{- end }}

{{- define "everything.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: app
    image: {{ .Values.image | quote }}
    securityContext:
      allowPrivilegeEscalation: false
      capabilities:
        drop: [ALL]
{{- end }}
