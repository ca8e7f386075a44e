{{/* Whatever makes pods, seen as one thing: its kinds, its pod spec, and where that stands. */}}

{{/* Kinds that make pods, and pods. */}}
{{- define "beffroi-site.podMakers" -}}
- apiGroups: [""]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [pods, pods/ephemeralcontainers, podtemplates, replicationcontrollers]
- apiGroups: [apps]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [deployments, statefulsets, daemonsets, replicasets]
- apiGroups: [batch]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [jobs, cronjobs]
{{- end }}

{{/* CEL: the pod spec of one of these; the argument is object or oldObject. Untyped (dyn), since its place
     differs between kinds. */}}
{{- define "beffroi-site.pod" -}}
(request.kind.kind == 'Pod' ? dyn({{ . }}).spec
: request.kind.kind == 'CronJob' ? dyn({{ . }}).spec.jobTemplate.spec.template.spec
: request.kind.kind == 'PodTemplate' ? dyn({{ . }}).template.spec
: dyn({{ . }}).spec.template.spec)
{{- end }}

{{/* CEL: the path of that pod spec. */}}
{{- define "beffroi-site.podPath" -}}
(request.kind.kind == 'Pod' ? 'spec'
: request.kind.kind == 'CronJob' ? 'spec.jobTemplate.spec.template.spec'
: request.kind.kind == 'PodTemplate' ? 'template.spec'
: 'spec.template.spec')
{{- end }}

{{/* CEL: the labels, annotations and finalizers that these pods are given. */}}
{{- define "beffroi-site.podMetadata" -}}
(request.kind.kind == 'Pod' ? dyn({{ . }}).metadata
: request.kind.kind == 'CronJob' ? dyn({{ . }}).spec.jobTemplate.spec.template.?metadata.orValue({})
: request.kind.kind == 'PodTemplate' ? dyn({{ . }}).template.?metadata.orValue({})
: dyn({{ . }}).spec.template.?metadata.orValue({}))
{{- end }}

{{/* Only what is new is judged. What was taken once and is not allowed any more must still be scaled down,
     finished and removed. */}}
{{- define "beffroi-site.newPods" -}}
- name: new-pods
  expression: >-
    request.operation == 'CREATE' || {{ include "beffroi-site.pod" "object" | indent 4 | trim }}
    != {{ include "beffroi-site.pod" "oldObject" | indent 4 | trim }}
{{- end }}

{{/* Variables: the pod spec, its path, and all its containers, each with its path. */}}
{{- define "beffroi-site.podVariables" -}}
- name: pod
  expression: >-
    {{- include "beffroi-site.pod" "object" | nindent 4 }}
- name: path
  expression: >-
    {{- include "beffroi-site.podPath" . | nindent 4 }}
- name: containers
  expression: >-
    {{- range $index, $field := list "containers" "initContainers" "ephemeralContainers" }}
    {{ if $index }}+ {{ end }}variables.pod.?{{ $field }}.orValue([])
    .map(c, {'at': dyn(variables.path + '.{{ $field }}[' + c.name + ']'), 'is': c})
    {{- end }}
{{- end }}
