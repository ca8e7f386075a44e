# First process of a node, in namespaces of its own. Environment: NODE (its name), FOLDER (its files), PARTS (programs).
set -eu
export PATH="$PARTS:$PATH" NODE_NAME="$NODE" HOME="$FOLDER" KUBECONFIG="$FOLDER/kubeconfig"

# Mounts that containers see as well; folders that programs insist on, as on a machine that has just started.
mount --make-rshared /
for folder in /run /var/log /var/lib/cni; do
    mkdir -p "$folder"
    mount -t tmpfs tmpfs "$folder"
done
mkdir -p /run/containerd "$FOLDER/kubelet" "$FOLDER/pods"
echo 1 > /proc/sys/net/ipv4/ip_forward

# Starts a program again when it ends, as a machine's supervisor does.
keep() {
    local name=$1
    shift
    while :; do
        "$@" >> "$FOLDER/$name.log" 2>&1 || true
        sleep 1
    done
}

keep containerd containerd --config "$FOLDER/containerd.toml" &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done

keep kubelet kube-node kubelet --kubeconfig "$KUBECONFIG" --config "$FOLDER/kubelet.json" \
    --hostname-override "$NODE" --node-ip "$(cat "$FOLDER/address")" --root-dir "$FOLDER/kubelet" \
    --cert-dir "$FOLDER/kubelet/pki" --node-labels "$(cat "$FOLDER/labels")" &
keep kube-proxy kube-node kube-proxy --config "$FOLDER/kube-proxy.json" &
# Before the node is registered it ends at once, and is started again.
keep kube-router kube-router --kubeconfig "$KUBECONFIG" --hostname-override "$NODE" --run-firewall=true \
    --run-router=false --run-service-proxy=false --run-loadbalancer=false --service-cluster-ip-range 10.96.0.0/16 \
    --health-port 0 --iptables-sync-period 10s &
wait
