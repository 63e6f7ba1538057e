package demo

// app is one program that the shop runs: what its manifests say.
type app struct {
	ns, name, kind string // Deployment when empty
	tier           string
	image, tag     string
	replicas       int
	cpu, memory    int // requests of a pod: millicores, Mi
	port           int
	probe          string // path of its probes
	by             string // the manager of its manifests
	config, secret bool   // reads a ConfigMap, a Secret of its name
	host           string // its Ingress
	low, high      int    // bounds of its HorizontalPodAutoscaler
	guarded        bool   // has a PodDisruptionBudget
	disk           int    // Gi of each replica's claim
	sidecar        bool
	hostNetwork    bool
	everywhere     bool // tolerates control-plane nodes
	trouble        trouble
	priority       string
}

// trouble is what is wrong with an app.
type trouble string

const (
	crashLoop     trouble = "CrashLoopBackOff"
	imagePull     trouble = "ImagePullBackOff"
	unschedulable trouble = "Unschedulable"
	oomKilled     trouble = "OOMKilled"
	stuck         trouble = "StuckRollout"
)

const registry = "registry.shop.example/"

// platform is what every cluster runs.
var platform = []app{
	{ns: "kube-system", name: "coredns", tier: "dns", image: "registry.k8s.io/coredns/coredns", tag: "v1.12.3", replicas: 2, cpu: 100, memory: 70, port: 53, probe: "/health", by: kubeadm, config: true, guarded: true, priority: "system-cluster-critical"},
	{ns: "kube-system", name: "metrics-server", tier: "metrics", image: "registry.k8s.io/metrics-server/metrics-server", tag: "v0.8.0", replicas: 2, cpu: 100, memory: 200, port: 10250, probe: "/readyz", by: kubectl},
	{ns: "kube-system", name: "cluster-autoscaler", tier: "nodes", image: "registry.k8s.io/autoscaling/cluster-autoscaler", tag: "v1.34.1", replicas: 1, cpu: 100, memory: 300, port: 8085, probe: "/health-check", by: helm},
	{ns: "kube-system", name: "kube-proxy", kind: "DaemonSet", tier: "network", image: "registry.k8s.io/kube-proxy", tag: "v1.36.3", cpu: 50, memory: 64, by: kubeadm, config: true, hostNetwork: true, everywhere: true, priority: "system-node-critical"},
	{ns: "kube-system", name: "cilium", kind: "DaemonSet", tier: "network", image: "quay.io/cilium/cilium", tag: "v1.18.4", cpu: 100, memory: 256, port: 9879, probe: "/healthz", by: helm, config: true, hostNetwork: true, everywhere: true, priority: "system-node-critical"},
	{ns: "kube-system", name: "ebs-csi-node", kind: "DaemonSet", tier: "storage", image: "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver", tag: "v1.50.1", cpu: 30, memory: 80, port: 9808, probe: "/healthz", by: helm, everywhere: true},
	{ns: "kube-system", name: "ebs-csi-controller", tier: "storage", image: "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver", tag: "v1.50.1", replicas: 2, cpu: 60, memory: 240, port: 9808, probe: "/healthz", by: helm},

	{ns: "ingress", name: "ingress-nginx-controller", tier: "edge", image: "registry.k8s.io/ingress-nginx/controller", tag: "v1.13.3", replicas: 3, cpu: 250, memory: 256, port: 443, probe: "/healthz", by: helm, config: true, guarded: true, low: 3, high: 6},
	{ns: "ingress", name: "external-dns", tier: "edge", image: "registry.k8s.io/external-dns/external-dns", tag: "v0.19.0", replicas: 1, cpu: 50, memory: 64, port: 7979, probe: "/healthz", by: helm, secret: true},
	{ns: "ingress", name: "cert-manager", tier: "edge", image: "quay.io/jetstack/cert-manager-controller", tag: "v1.19.1", replicas: 1, cpu: 50, memory: 128, port: 9402, probe: "/livez", by: helm},
	{ns: "ingress", name: "cert-manager-webhook", tier: "edge", image: "quay.io/jetstack/cert-manager-webhook", tag: "v1.19.1", replicas: 2, cpu: 30, memory: 64, port: 10250, probe: "/healthz", by: helm},
	{ns: "ingress", name: "oauth2-proxy", tier: "edge", image: "quay.io/oauth2-proxy/oauth2-proxy", tag: "v7.12.0", replicas: 2, cpu: 50, memory: 64, port: 4180, probe: "/ping", by: helm, secret: true, host: "login.shop.example"},

	{ns: "monitoring", name: "prometheus", kind: "StatefulSet", tier: "metrics", image: "quay.io/prometheus/prometheus", tag: "v3.7.3", replicas: 2, cpu: 800, memory: 4096, port: 9090, probe: "/-/ready", by: helm, config: true, disk: 200, guarded: true},
	{ns: "monitoring", name: "alertmanager", kind: "StatefulSet", tier: "metrics", image: "quay.io/prometheus/alertmanager", tag: "v0.29.0", replicas: 3, cpu: 50, memory: 128, port: 9093, probe: "/-/ready", by: helm, secret: true, disk: 5},
	{ns: "monitoring", name: "loki", kind: "StatefulSet", tier: "logs", image: "docker.io/grafana/loki", tag: "3.5.7", replicas: 3, cpu: 400, memory: 1536, port: 3100, probe: "/ready", by: helm, config: true, disk: 100},
	{ns: "monitoring", name: "grafana", tier: "metrics", image: "docker.io/grafana/grafana", tag: "12.2.1", replicas: 2, cpu: 100, memory: 256, port: 3000, probe: "/api/health", by: helm, config: true, secret: true, host: "grafana.shop.example"},
	{ns: "monitoring", name: "kube-state-metrics", tier: "metrics", image: "registry.k8s.io/kube-state-metrics/kube-state-metrics", tag: "v2.17.0", replicas: 1, cpu: 50, memory: 190, port: 8080, probe: "/livez", by: helm},
	{ns: "monitoring", name: "blackbox-exporter", tier: "metrics", image: "quay.io/prometheus/blackbox-exporter", tag: "v0.27.0", replicas: 2, cpu: 20, memory: 32, port: 9115, probe: "/-/healthy", by: helm, config: true},
	{ns: "monitoring", name: "node-exporter", kind: "DaemonSet", tier: "metrics", image: "quay.io/prometheus/node-exporter", tag: "v1.10.2", cpu: 20, memory: 48, port: 9100, probe: "/", by: helm, hostNetwork: true, everywhere: true},
	{ns: "monitoring", name: "alloy", kind: "DaemonSet", tier: "logs", image: "docker.io/grafana/alloy", tag: "v1.11.3", cpu: 60, memory: 160, port: 12345, probe: "/-/ready", by: helm, config: true, everywhere: true},

	{ns: "data", name: "postgres", kind: "StatefulSet", tier: "database", image: "docker.io/library/postgres", tag: "17.6", replicas: 3, cpu: 1000, memory: 4096, port: 5432, by: argo, config: true, secret: true, disk: 250, guarded: true, priority: "shop-critical"},
	{ns: "data", name: "kafka", kind: "StatefulSet", tier: "stream", image: "docker.io/apache/kafka", tag: "4.1.0", replicas: 5, cpu: 600, memory: 3072, port: 9092, by: helm, config: true, disk: 100, guarded: true, priority: "shop-critical"},
	{ns: "data", name: "clickhouse", kind: "StatefulSet", tier: "database", image: "docker.io/clickhouse/clickhouse-server", tag: "25.8", replicas: 2, cpu: 800, memory: 4096, port: 8123, probe: "/ping", by: helm, config: true, secret: true, disk: 400},
	{ns: "data", name: "schema-registry", tier: "stream", image: "docker.io/confluentinc/cp-schema-registry", tag: "8.1.0", replicas: 2, cpu: 100, memory: 512, port: 8081, probe: "/subjects", by: helm},
	{ns: "data", name: "debezium", tier: "stream", image: "quay.io/debezium/connect", tag: "3.3", replicas: 2, cpu: 200, memory: 768, port: 8083, probe: "/connectors", by: helm, secret: true},
	{ns: "data", name: "pgbouncer", tier: "database", image: "docker.io/edoburu/pgbouncer", tag: "v1.24.1", replicas: 3, cpu: 100, memory: 64, port: 6432, by: argo, config: true, secret: true},
	{ns: "data", name: "dbt-runner", tier: "batch", image: registry + "data/dbt-runner", tag: "v0.14.3", replicas: 2, cpu: 200, memory: 512, port: 8080, probe: "/health", by: argo, config: true},

	{ns: "ci", name: "argocd-server", tier: "delivery", image: "quay.io/argoproj/argocd", tag: "v3.2.0", replicas: 2, cpu: 50, memory: 128, port: 8080, probe: "/healthz", by: helm, config: true, secret: true, host: "cd.shop.example"},
	{ns: "ci", name: "argocd-repo-server", tier: "delivery", image: "quay.io/argoproj/argocd", tag: "v3.2.0", replicas: 2, cpu: 100, memory: 256, port: 8081, probe: "/healthz", by: helm},
	{ns: "ci", name: "argocd-application-controller", kind: "StatefulSet", tier: "delivery", image: "quay.io/argoproj/argocd", tag: "v3.2.0", replicas: 1, cpu: 250, memory: 1024, port: 8082, probe: "/healthz", by: helm},
	{ns: "ci", name: "runner", tier: "build", image: registry + "ci/runner", tag: "v2.329.0", replicas: 8, cpu: 200, memory: 384, by: helm, secret: true, low: 4, high: 12},
	{ns: "ci", name: "buildkit", kind: "StatefulSet", tier: "build", image: "docker.io/moby/buildkit", tag: "v0.25.2", replicas: 2, cpu: 500, memory: 1024, port: 1234, by: helm, disk: 50},
	{ns: "ci", name: "registry-mirror", tier: "build", image: "docker.io/library/registry", tag: "3.0.0", replicas: 2, cpu: 50, memory: 96, port: 5000, probe: "/v2/", by: kubectl},
	{ns: "ci", name: "preview-1482", tier: "preview", image: registry + "shop/storefront", tag: "pr-1482", replicas: 1, cpu: 100, memory: 128, port: 8080, probe: "/health", by: argo, trouble: imagePull},
	{ns: "ci", name: "preview-1479", tier: "preview", image: registry + "shop/storefront", tag: "pr-1479", replicas: 1, cpu: 100, memory: 128, port: 8080, probe: "/health", by: argo, host: "pr-1479.preview.shop.example"},
	{ns: "ci", name: "sonarqube", tier: "quality", image: "docker.io/library/sonarqube", tag: "25.10-community", replicas: 1, cpu: 4000, memory: 262144, port: 9000, probe: "/api/system/status", by: kubectl, secret: true, trouble: unschedulable},
}

// teams is what a shop is made of. A larger demo has more of them, by region.
var teams = []app{
	{ns: "shop", name: "storefront", tier: "frontend", image: registry + "shop/storefront", tag: "v3.14.2", replicas: 8, cpu: 200, memory: 256, port: 8080, probe: "/health", by: argo, config: true, host: "shop.example", low: 5, high: 12, guarded: true, sidecar: true, priority: "shop-critical"},
	{ns: "shop", name: "api-gateway", tier: "frontend", image: registry + "shop/api-gateway", tag: "v5.2.0", replicas: 6, cpu: 200, memory: 192, port: 8080, probe: "/health", by: argo, config: true, secret: true, host: "api.shop.example", low: 4, high: 10, guarded: true, priority: "shop-critical"},
	{ns: "shop", name: "cart", tier: "backend", image: registry + "shop/cart", tag: "v2.8.1", replicas: 6, cpu: 120, memory: 160, port: 8080, probe: "/health", by: argo, config: true, secret: true, sidecar: true, guarded: true},
	{ns: "shop", name: "catalog", tier: "backend", image: registry + "shop/catalog", tag: "v4.0.7", replicas: 6, cpu: 150, memory: 256, port: 8080, probe: "/health", by: argo, config: true, secret: true},
	{ns: "shop", name: "checkout", tier: "backend", image: registry + "shop/checkout", tag: "v2.21.0", replicas: 5, cpu: 150, memory: 192, port: 8080, probe: "/health", by: argo, config: true, secret: true, sidecar: true, guarded: true, low: 3, high: 9},
	{ns: "shop", name: "inventory", tier: "backend", image: registry + "shop/inventory", tag: "v1.17.4", replicas: 4, cpu: 100, memory: 160, port: 8080, probe: "/health", by: argo, config: true, secret: true},
	{ns: "shop", name: "recommendations", tier: "backend", image: registry + "shop/recommendations", tag: "v0.9.12", replicas: 4, cpu: 250, memory: 512, port: 8080, probe: "/health", by: argo, config: true, trouble: oomKilled},
	{ns: "shop", name: "reviews", tier: "backend", image: registry + "shop/reviews", tag: "v1.4.4", replicas: 3, cpu: 80, memory: 128, port: 8080, probe: "/health", by: kubectl, config: true},
	{ns: "shop", name: "users", tier: "backend", image: registry + "shop/users", tag: "v6.1.3", replicas: 4, cpu: 100, memory: 160, port: 8080, probe: "/health", by: argo, config: true, secret: true},
	{ns: "shop", name: "notifications", tier: "backend", image: registry + "shop/notifications", tag: "v1.30.2", replicas: 3, cpu: 60, memory: 96, port: 8080, probe: "/health", by: kubectl, config: true, secret: true},
	{ns: "shop", name: "image-resizer", tier: "backend", image: registry + "shop/image-resizer", tag: "v0.6.0", replicas: 4, cpu: 250, memory: 256, port: 8080, probe: "/health", by: helm, low: 2, high: 8},
	{ns: "shop", name: "back-office", tier: "frontend", image: registry + "shop/back-office", tag: "v7.7.0", replicas: 2, cpu: 80, memory: 192, port: 8080, probe: "/health", by: argo, config: true, host: "office.shop.example"},
	{ns: "shop", name: "sessions", kind: "StatefulSet", tier: "cache", image: "docker.io/valkey/valkey", tag: "8.1.4", replicas: 3, cpu: 150, memory: 1024, port: 6379, by: helm, config: true, secret: true, guarded: true},

	{ns: "payments", name: "payments-api", tier: "backend", image: registry + "payments/api", tag: "v9.3.1", replicas: 6, cpu: 150, memory: 256, port: 8443, probe: "/health", by: argo, config: true, secret: true, sidecar: true, guarded: true, low: 4, high: 8, priority: "shop-critical"},
	{ns: "payments", name: "ledger", tier: "backend", image: registry + "payments/ledger", tag: "v3.0.5", replicas: 4, cpu: 150, memory: 384, port: 8443, probe: "/health", by: argo, config: true, secret: true, sidecar: true, guarded: true},
	{ns: "payments", name: "fraud-detector", tier: "backend", image: registry + "payments/fraud-detector", tag: "v1.12.0", replicas: 4, cpu: 300, memory: 768, port: 8080, probe: "/health", by: argo, config: true},
	{ns: "payments", name: "invoicing", tier: "backend", image: registry + "payments/invoicing", tag: "v2.2.9", replicas: 3, cpu: 80, memory: 160, port: 8080, probe: "/health", by: helm, config: true, secret: true},
	{ns: "payments", name: "refunds", tier: "backend", image: registry + "payments/refunds", tag: "v1.8.0", replicas: 3, cpu: 60, memory: 128, port: 8080, probe: "/health", by: helm, config: true, secret: true},
	{ns: "payments", name: "webhook-relay", tier: "backend", image: registry + "payments/webhook-relay", tag: "v0.22.1", replicas: 2, cpu: 50, memory: 96, port: 8080, probe: "/health", by: kubectl, config: true, secret: true, trouble: crashLoop},
	{ns: "payments", name: "currency-rates", tier: "backend", image: registry + "payments/currency-rates", tag: "v1.1.6", replicas: 2, cpu: 40, memory: 64, port: 8080, probe: "/health", by: kubectl},

	{ns: "search", name: "search-api", tier: "backend", image: registry + "search/api", tag: "v8.4.0", replicas: 6, cpu: 200, memory: 384, port: 8080, probe: "/health", by: argo, config: true, low: 4, high: 10, guarded: true},
	{ns: "search", name: "suggest", tier: "backend", image: registry + "search/suggest", tag: "v2.5.3", replicas: 4, cpu: 120, memory: 256, port: 8080, probe: "/health", by: argo, config: true},
	{ns: "search", name: "ranking", tier: "backend", image: registry + "search/ranking", tag: "v1.19.0", replicas: 4, cpu: 300, memory: 768, port: 8080, probe: "/health", by: argo, config: true, trouble: stuck},
	{ns: "search", name: "indexer", tier: "batch", image: registry + "search/indexer", tag: "v3.3.3", replicas: 4, cpu: 200, memory: 512, by: argo, config: true, secret: true},
	{ns: "search", name: "crawler", tier: "batch", image: registry + "search/crawler", tag: "v0.40.0", replicas: 2, cpu: 100, memory: 256, by: helm, config: true},
	{ns: "search", name: "opensearch", kind: "StatefulSet", tier: "database", image: "docker.io/opensearchproject/opensearch", tag: "3.3.1", replicas: 3, cpu: 600, memory: 4096, port: 9200, probe: "/_cluster/health", by: helm, config: true, secret: true, disk: 150, guarded: true},
}

// schedules are the shop's CronJobs.
var schedules = []schedule{
	{app: app{ns: "data", name: "backup-postgres", tier: "batch", image: "docker.io/library/postgres", tag: "17.6", cpu: 200, memory: 256, by: argo, secret: true}, cron: "15 * * * *", every: 60},
	{app: app{ns: "data", name: "daily-report", tier: "batch", image: registry + "data/dbt-runner", tag: "v0.14.3", cpu: 300, memory: 512, by: argo, config: true}, cron: "30 5 * * *", every: 24 * 60},
	{app: app{ns: "search", name: "reindex-catalog", tier: "batch", image: registry + "search/indexer", tag: "v3.3.3", cpu: 250, memory: 512, by: argo}, cron: "*/20 * * * *", every: 20},
	{app: app{ns: "payments", name: "settle-payouts", tier: "batch", image: registry + "payments/ledger", tag: "v3.0.5", cpu: 100, memory: 192, by: argo, secret: true}, cron: "*/10 * * * *", every: 10, failed: true},
	{app: app{ns: "shop", name: "expire-carts", tier: "batch", image: registry + "shop/cart", tag: "v2.8.1", cpu: 50, memory: 64, by: kubectl}, cron: "*/5 * * * *", every: 5},
	{app: app{ns: "ci", name: "prune-images", tier: "batch", image: registry + "ci/regctl", tag: "v0.9.2", cpu: 50, memory: 64, by: helm}, cron: "0 3 * * *", every: 24 * 60},
}

// schedule is a CronJob.
type schedule struct {
	app    app
	cron   string
	every  int  // minutes
	failed bool // one of its last runs has failed
}
