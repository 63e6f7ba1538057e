package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The users of a cluster; each is also a context of its kubeconfig.
const (
	// Admin is in system:masters: the API server lets it do everything, and neither
	// RBAC nor a limit on requests in flight holds it back.
	Admin = "admin"
	// Developer is in no group but system:authenticated: it may do what RBAC grants it,
	// which is at first hardly more than discovery.
	Developer = "developer"
)

// credentials are made anew for every cluster, and are files of its folder.
type credentials struct {
	tokens     map[string]string // by user
	roots      *x509.CertPool    // whom our own requests trust
	cert, key  string            // of all servers
	account    string            // signs service account tokens
	tokenFile  string
	kubeconfig string
}

func newCredentials(dir string) (*credentials, error) {
	c := &credentials{
		tokens:     map[string]string{Admin: rand.Text(), Developer: rand.Text()},
		cert:       filepath.Join(dir, "serving.crt"),
		key:        filepath.Join(dir, "serving.key"),
		account:    filepath.Join(dir, "service-account.key"),
		tokenFile:  filepath.Join(dir, "tokens.csv"),
		kubeconfig: filepath.Join(dir, "kubeconfig"),
	}
	if err := c.writeServing(); err != nil {
		return nil, err
	}
	if _, err := writeKey(c.account); err != nil {
		return nil, err
	}
	return c, os.WriteFile(c.tokenFile, []byte(c.tokenTable()), 0o600)
}

// tokenTable has a line "token,user,uid,groups" for each user.
func (c *credentials) tokenTable() string {
	var table strings.Builder
	fmt.Fprintf(&table, "%s,%s,1,system:masters\n", c.tokens[Admin], Admin)
	fmt.Fprintf(&table, "%s,%s,2\n", c.tokens[Developer], Developer)
	return table.String()
}

// writeServing makes the one certificate of all servers of the cluster. Who trusts only
// it cannot mistake another cluster's server on the same port for ours.
func (c *credentials) writeServing() error {
	key, err := writeKey(c.key)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: "kubeviews test cluster"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	c.roots = x509.NewCertPool()
	c.roots.AppendCertsFromPEM(text)
	return os.WriteFile(c.cert, text, 0o600)
}

func writeKey(file string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// writeKubeconfig writes JSON, which is YAML too. It has a context for each user.
func (c *credentials) writeKubeconfig(server string) error {
	type object map[string]any
	var contexts, users []object
	for _, user := range []string{Admin, Developer} {
		contexts = append(contexts, object{"name": user, "context": object{"cluster": "test", "user": user}})
		users = append(users, object{"name": user, "user": object{"token": c.tokens[user]}})
	}
	text, err := json.MarshalIndent(object{
		"apiVersion":      "v1",
		"kind":            "Config",
		"clusters":        []object{{"name": "test", "cluster": object{"server": server, "certificate-authority": c.cert}}},
		"contexts":        contexts,
		"users":           users,
		"current-context": Admin,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.kubeconfig, append(text, '\n'), 0o600)
}
