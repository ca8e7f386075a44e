{{/* CEL: every claim of a volume that an object makes or is, each with its path: a claim itself, the ephemeral
     volumes of a pod, the templates of a StatefulSet. The argument is object or oldObject. */}}
{{- define "beffroi-site.claims" -}}
(request.kind.kind == 'PersistentVolumeClaim' ? [{'at': dyn('spec'), 'is': dyn({{ . }}).spec}]
: {{ include "beffroi-site.pod" . }}
.?volumes.orValue([]).filter(v, has(v.ephemeral)).map(v, {
'at': dyn({{ include "beffroi-site.podPath" . }} + '.volumes[' + v.name + '].ephemeral.volumeClaimTemplate.spec'),
'is': v.ephemeral.volumeClaimTemplate.spec})
+ (request.kind.kind == 'StatefulSet' ? dyn({{ . }}).spec.?volumeClaimTemplates.orValue([]).map(t, {
'at': dyn('spec.volumeClaimTemplates[' + t.metadata.name + '].spec'), 'is': t.spec}) : []))
{{- end }}

{{/* CEL: the annotations of these claims, each with their path. The argument is object or oldObject. */}}
{{- define "beffroi-site.claimAnnotations" -}}
(request.kind.kind == 'PersistentVolumeClaim'
? [{'at': dyn('metadata.annotations'), 'is': dyn({{ . }}).metadata.?annotations.orValue({})}]
: {{ include "beffroi-site.pod" . }}
.?volumes.orValue([]).filter(v, has(v.ephemeral)).map(v, {
'at': dyn({{ include "beffroi-site.podPath" . }} + '.volumes[' + v.name + '].ephemeral.volumeClaimTemplate.metadata.annotations'),
'is': v.ephemeral.volumeClaimTemplate.?metadata.?annotations.orValue({})})
+ (request.kind.kind == 'StatefulSet' ? dyn({{ . }}).spec.?volumeClaimTemplates.orValue([]).map(t, {
'at': dyn('spec.volumeClaimTemplates[' + t.metadata.name + '].metadata.annotations'), 'is': t.metadata.?annotations.orValue({})}) : []))
{{- end }}
