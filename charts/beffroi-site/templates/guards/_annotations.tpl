{{/* Annotations by which ingress controllers, and whatever else looks at ingresses and services, are told what to do
     beyond what the object says. Those that inject configuration, ask or mirror to another place, name further hosts
     or reach into other namespaces are not among the known ones; a site may declare more. */}}

{{/* Known ones, of each ingress controller; their values are judged too. */}}
{{- define "beffroi-site.knownAnnotations" -}}
{{- $nginx := list "affinity" "affinity-canary-behavior" "affinity-mode" "app-root" "backend-protocol"
  "client-body-buffer-size" "cors-allow-credentials" "cors-allow-headers" "cors-allow-methods" "cors-allow-origin"
  "cors-expose-headers" "cors-max-age" "denylist-source-range" "enable-access-log" "enable-cors" "enable-websocket"
  "force-ssl-redirect" "limit-burst-multiplier" "limit-connections" "limit-rate" "limit-rate-after" "limit-rpm"
  "limit-rps" "load-balance" "preserve-trailing-slash" "proxy-body-size" "proxy-buffer-size" "proxy-buffering"
  "proxy-connect-timeout" "proxy-http-version" "proxy-next-upstream" "proxy-next-upstream-timeout"
  "proxy-next-upstream-tries" "proxy-read-timeout" "proxy-request-buffering" "proxy-send-timeout" "rewrite-target"
  "service-upstream" "session-cookie-change-on-failure" "session-cookie-conditional-samesite-none"
  "session-cookie-expires" "session-cookie-max-age" "session-cookie-name" "session-cookie-path"
  "session-cookie-samesite" "session-cookie-secure" "ssl-redirect" "upstream-hash-by" "use-regex"
  "whitelist-source-range" "x-forwarded-prefix" -}}
{{- $traefik := list "router.entrypoints" "router.pathmatcher" "router.priority" "router.tls" "service.passhostheader"
  "service.sticky.cookie" "service.sticky.cookie.httponly" "service.sticky.cookie.maxage"
  "service.sticky.cookie.name" "service.sticky.cookie.samesite" "service.sticky.cookie.secure" -}}
{{- $haproxy := list "allow-list" "check" "check-interval" "cookie-persistence" "cors-allow-credentials"
  "cors-allow-headers" "cors-allow-methods" "cors-allow-origin" "cors-enable" "cors-max-age" "deny-list" "forwarded-for"
  "load-balance" "pod-maxconn" "rate-limit-period" "rate-limit-requests" "ssl-redirect" "timeout-check"
  "timeout-connect" "timeout-http-keep-alive" "timeout-http-request" "timeout-queue" "timeout-server"
  "timeout-tunnel" "whitelist" -}}
{{- $github := list "affinity" "allowlist-source-range" "backend-protocol" "balance-algorithm" "cors-allow-credentials"
  "cors-allow-headers" "cors-allow-methods" "cors-allow-origin" "cors-enable" "cors-max-age" "denylist-source-range"
  "forwardfor" "limit-connections" "limit-rps" "proxy-body-size" "session-cookie-name" "ssl-redirect"
  "timeout-connect" "timeout-http-request" "timeout-keep-alive" "timeout-queue" "timeout-server" "timeout-tunnel" -}}
[
{{- range $nginx }}'nginx.ingress.kubernetes.io/{{ . }}', {{ end }}
{{- range $traefik }}'traefik.ingress.kubernetes.io/{{ . }}', {{ end }}
{{- range $haproxy }}'haproxy.org/{{ . }}', {{ end }}
{{- range $github }}'haproxy-ingress.github.io/{{ . }}', {{ end -}}
'kubernetes.io/ingress.class']
{{- end }}

{{/* Variables: the object's annotations, those that nobody declared, and known ones with a value that could end what
     a controller writes it into, name an entry point of the controller's own, or take more than its share. */}}
{{- define "beffroi-site.annotationVariables" -}}
- name: annotations
  expression: dyn(object).metadata.?annotations.orValue({})
- name: known
  expression: >-
    {{- include "beffroi-site.knownAnnotations" . | nindent 4 }}
# Of those who write objects, and read by no controller that serves other workspaces too.
- name: own
  expression: >-
    ['app.kubernetes.io/', 'beffroi.fr/', 'cnpg.io/', 'helm.sh/', 'helm.toolkit.fluxcd.io/', 'kubectl.kubernetes.io/',
    'meta.helm.sh/', 'prometheus.io/', 'velero.io/']
- name: declared
  expression: {{ include "beffroi-site.allowed" "ingress-annotations" }}
- name: strange
  expression: >-
    variables.annotations.filter(k, !(k in variables.known || k in variables.declared
    || variables.own.exists(o, k.startsWith(o))))
- name: spoilt
  expression: >-
    variables.annotations.filter(k, k in variables.known && !(k in variables.declared) && !(
    variables.annotations[k].size() <= 256
    && variables.annotations[k].matches('^[A-Za-z0-9 ,.:/_*%=()$|?+@-]*$')
    && (!k.endsWith('buffer-size') || variables.annotations[k].matches('^[0-9]{1,4}$|^[0-9]{1,3}[kK]$'))
    && (!k.endsWith('/router.entrypoints') || variables.annotations[k].split(',').all(e, e in ['web', 'websecure']))
    && (!k.endsWith('/router.pathmatcher') || variables.annotations[k] in ['Path', 'PathPrefix'])))
{{- end }}

{{/* Validations of these. Kubernetes tells no message of several lines. */}}
{{- define "beffroi-site.annotationValidations" -}}
- expression: variables.strange.size() == 0
  messageExpression: >-
    'LOC-04: metadata.annotations[' + variables.strange[0]
    + '] is none that apps may use here: leave it out, or have the site declare it (spec.ingressAnnotations); declared: '
    + {{ include "beffroi-site.told" "variables.declared" }}
- expression: variables.spoilt.size() == 0
  messageExpression: >-
    'LOC-04: metadata.annotations[' + variables.spoilt[0] + '] is "' + variables.annotations[variables.spoilt[0]].replace('\n', ' ')
    + '": no such value is allowed here, write a plain one'
{{- end }}
