{{/* What every guard is made of. A guard is a ValidatingAdmissionPolicy with its binding, one per file. */}}

{{/* Head of the policy; the argument is (list root name). */}}
{{- define "beffroi-site.guard" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ index . 1 }}
  labels:
    {{- include "beffroi-site.labels" (index . 0) | nindent 4 }}
    app.kubernetes.io/component: guard
{{- end }}

{{/* The binding, which makes it hold; the argument is (list root name). */}}
{{- define "beffroi-site.binding" -}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ index . 1 }}
  labels:
    {{- include "beffroi-site.labels" (index . 0) | nindent 4 }}
    app.kubernetes.io/component: guard
spec:
  policyName: {{ index . 1 }}
  validationActions: [Deny]
{{- end }}

{{/* Namespaces of workspaces: guard beffroi-namespaces lets nobody take that label away. */}}
{{- define "beffroi-site.workspaces" -}}
matchExpressions:
  - key: beffroi.fr/workspace-uid
    operator: Exists
{{- end }}

{{/* CEL: the user name of Beffroi's one identity here. */}}
{{- define "beffroi-site.identity" -}}
'system:serviceaccount:{{ .Release.Namespace }}:beffroi'
{{- end }}

{{/* CEL: users that Kubernetes' own controllers of these names act as; one name for all of them where they run
     without credentials of their own. */}}
{{- define "beffroi-site.controllers" -}}
['system:kube-controller-manager'
{{- range . }}, 'system:serviceaccount:kube-system:{{ . }}'{{ end }}]
{{- end }}

{{/* CEL: users that take away what is left of a namespace or of an owner. */}}
{{- define "beffroi-site.cleaners" -}}
{{ include "beffroi-site.controllers" (list "namespace-controller" "generic-garbage-collector") }}
{{- end }}

{{/* CEL: what Beffroi wrote on the workspace's namespace under this key, as a list; missing: empty. */}}
{{- define "beffroi-site.allowed" -}}
namespaceObject.metadata.?annotations[?'beffroi.fr/{{ . }}'].orValue('').split(',').filter(x, x != '')
{{- end }}

{{/* CEL: a list as people read it. */}}
{{- define "beffroi-site.told" -}}
({{ . }}.size() == 0 ? 'none' : {{ . }}.join(', '))
{{- end }}

{{/* CEL: keys of metadata's .of (labels or annotations) that a change touches, of those for which .held (CEL
     over k) is true. */}}
{{- define "beffroi-site.touched" -}}
(dyn(oldObject).metadata.?{{ .of }}.orValue({}).map(k, k) + dyn(object).metadata.?{{ .of }}.orValue({}).map(k, k))
.filter(k, ({{ .held }}) && dyn(oldObject).metadata.?{{ .of }}[?k] != dyn(object).metadata.?{{ .of }}[?k])
{{- end }}

{{/* CEL: a label of an object, or of what it was; missing: empty. */}}
{{- define "beffroi-site.label" -}}
{{ index . 0 }}.metadata.?labels[?'{{ index . 1 }}'].orValue('')
{{- end }}

{{/* CEL: whether whoever asks is an operator of this kind that the site declares for the workspace. */}}
{{- define "beffroi-site.operator" -}}
('{{ . }}=' + request.userInfo.username) in ({{ include "beffroi-site.allowed" "operators" }})
{{- end }}

{{/* CEL: what keys of labels and annotations begin with that give pods an identity of a cloud. */}}
{{- define "beffroi-site.cloudIdentities" -}}
['iam.amazonaws.com/', 'eks.amazonaws.com/', 'iam.gke.io/', 'azure.workload.identity/', 'aadpodidbinding', 'pod-identity.alibabacloud.com/', 'ram.aliyuncs.com/', 'iam.cloud.ibm.com/']
{{- end }}
